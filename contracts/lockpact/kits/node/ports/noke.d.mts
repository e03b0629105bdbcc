// The noke port: what lockpact asks of a client. Nokē Core API.

// Generated: `lockpact port noke --format typescript` prints it.

/** A time in ISO 8601, with an offset unless the port says that it is local. */
export type Time = string

/** A lock as its server knows it. */
export interface Lock {
  mac: string
  ready: boolean
  synced: boolean
  battery_percent: number
}

/** The result of commands. `done`: the lock or fob took them; `acknowledged`: the server has its responses. */
export interface CommandResult {
  done: boolean
  acknowledged: boolean
}

/** The result for one part of a request: one code, one tracking key, or (without `name`) one lock. */
export interface ItemResult {
  lock: string
  name: string
  ok: boolean
  reason?: string
}

/** The status of a credential *on the lock*, which decides whether it opens. */
export type CredentialStatus =
  | 'PENDING' // issued, but not yet on the lock: it does not open
  | 'ACTIVE' // on the lock: it opens
  | 'REVOKED' // revoked on the server, but still on the lock: it opens
  | 'GONE' // no longer on the lock: it does not open

/** A quick click of one lock, with `uses` left of `start_uses`; 255 is unlimited. */
export interface Code {
  code: string
  uses: number
  start_uses: number
  status: CredentialStatus
}

/** An event at a lock, between `earliest` and `latest` (aware datetimes; equal when the time is known). */
export interface Event {
  lock: string
  action: string
  earliest: Time
  latest: Time
  tracking_key: string
}

/** What a lock or fob did with commands, and its responses for the server. */
export interface Delivered {
  done: boolean
  responses: string[]
}

/** A phone's radio to locks and fobs. Every method raises OutOfReach when the device is out of reach. */
export interface Nearby {
  /** Wake a lock (or squeeze a fob). Return its new session: 40 hex digits. */
  wake(mac: string): Promise<string>
  /** Deliver commands, exactly as the server answered them. */
  deliver(mac: string, commands: string): Promise<Delivered>
  /** Unlock with a stored key. */
  offline_unlock(mac: string, offline_key: string, unlock_command: string): Promise<Delivered>
  /** Download the firmware file for this lock, which takes time. */
  download_firmware(mac: string): Promise<Buffer>
  /** Send the file to the lock. Return whether the lock was in update mode and took it. */
  upload_firmware(mac: string, file: Buffer): Promise<boolean>
}

/** Methods that an adapter may have. Leave out those that the client lacks. */
export interface NokePort {
  /** Return all locks of the company on this server. */
  locks?(): Lock[] | Promise<Lock[]>
  /** Unlock a lock within the phone's reach. This also sets up a new or reset lock. */
  unlock?(lock: string, tracking_key: string): CommandResult | Promise<CommandResult>
  /** Unlock a lock within the phone's reach, and let its shackle come out. */
  unshackle?(lock: string, tracking_key: string): CommandResult | Promise<CommandResult>
  /** Make sure that an unlocked lock locks: some must be told to, others engage by themselves. */
  lock_up?(lock: string): void | Promise<void>
  /** Set whether these locks stay unlocked until told to engage. Return a result for each lock. */
  set_explicit_lock?(locks: string[], on: boolean): ItemResult[] | Promise<ItemResult[]>
  /** Issue offline keys for the phones of these people. The phone stores them. Return a result for each lock and key. */
  issue_keys?(locks: string[], tracking_keys: string[]): ItemResult[] | Promise<ItemResult[]>
  /** Revoke offline keys. Return a result for each lock and tracking key. */
  revoke_keys?(locks: string[], tracking_keys: string[]): ItemResult[] | Promise<ItemResult[]>
  /** Return a lock's offline keys as the client shows them, by tracking key. A revoked one stays until it is GONE. */
  keys?(lock: string): Record<string, CredentialStatus> | Promise<Record<string, CredentialStatus>>
  /** Unlock a lock with the stored key, without the server. */
  offline_unlock?(lock: string, tracking_key: string): CommandResult | Promise<CommandResult>
  /** Issue quick clicks, or change their uses (code → uses). Return a result for each code. */
  issue_codes?(lock: string, codes: Record<string, number>): ItemResult[] | Promise<ItemResult[]>
  /** Revoke quick clicks. Return a result for each code. */
  revoke_codes?(lock: string, codes: string[]): ItemResult[] | Promise<ItemResult[]>
  /** Return a lock's quick clicks as the client shows them: all that are not GONE. */
  codes?(lock: string): Code[] | Promise<Code[]>
  /** Give a fob credentials for these locks. Return a result for each lock. */
  issue_fob?(fob: string, locks: string[], tracking_key: string): ItemResult[] | Promise<ItemResult[]>
  /** Revoke these locks from a fob, and sync those that the phone reaches. Return the status for each lock. */
  revoke_fob?(fob: string, locks: string[]): Record<string, CredentialStatus> | Promise<Record<string, CredentialStatus>>
  /** Sync a fob within the phone's reach. */
  sync_fob?(fob: string): CommandResult | Promise<CommandResult>
  /** Return a fob's credentials as the client shows them, by lock. */
  fob?(fob: string): Record<string, CredentialStatus> | Promise<Record<string, CredentialStatus>>
  /** Restore access after the keys of this lock were reset. The phone reaches the lock and these fobs. */
  recover?(lock: string, tracking_keys: string[], fobs: string[]): void | Promise<void>
  /** Update the firmware of a lock within the phone's reach. Return whether the lock took it. */
  update_firmware?(lock: string): boolean | Promise<boolean>
  /** Return what has happened at a lock, as far as the server knows. */
  activity?(lock: string): Event[] | Promise<Event[]>
  /** Do what the phone does from time to time by itself. May raise. */
  refresh?(): void | Promise<void>
}

/** The port's errors: `throw errors.OutOfReach('why')`. */
export interface NokeErrors {
  /** The root of what a client may raise. */
  NokeError(text?: string): Error
  /** The server does not accept this key. */
  CredentialError(text?: string): Error
  /** The server has no such lock or fob. */
  UnknownLock(text?: string): Error
  /** The server does not have this operation yet. */
  NotLive(text?: string): Error
  /** The server answered with another failure. */
  Refused(text?: string): Error
  /** No usable answer came; a later try may succeed. */
  Unavailable(text?: string): Error
  /** The request would exceed a limit of the document; nothing was sent. */
  LimitReached(text?: string): Error
  /** The phone has no mobile key yet, so a lock's responses would be lost; nothing was sent. */
  PhoneNotReady(text?: string): Error
  /** The lock or fob is out of the phone's reach. */
  OutOfReach(text?: string): Error
}
