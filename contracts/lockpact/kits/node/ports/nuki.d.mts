// The nuki port: what lockpact asks of a client. Nuki Bridge API v1.6 (19.06.2017).

// Generated: `lockpact port nuki --format typescript` prints it.

/** A time in ISO 8601, with an offset unless the port says that it is local. */
export type Time = string

/** A paired lock with its last known state. */
export interface Lock {
  id: number
  name: string
  state: State
  battery_critical: boolean
}

/** The document's ten lock states by their numbers, and `UNKNOWN` for every other number. */
export type State =
  | 'UNCALIBRATED' // 0
  | 'LOCKED' // 1
  | 'UNLOCKING' // 2
  | 'UNLOCKED' // 3
  | 'LOCKING' // 4
  | 'UNLATCHED' // 5
  | 'UNLOCKED_LOCK_N_GO' // 6
  | 'UNLATCHING' // 7
  | 'MOTOR_BLOCKED' // 254
  | 'UNDEFINED' // 255
  | 'UNKNOWN' // -1
  | number

/** The present state of a lock. */
export interface LockState {
  state: State
  battery_critical: boolean
}

/** The document's five lock actions by their codes. */
export type Action =
  | 'UNLOCK' // 1
  | 'LOCK' // 2
  | 'UNLATCH' // 3
  | 'LOCK_N_GO' // 4
  | 'LOCK_N_GO_UNLATCH' // 5

/** The result of an action that the bridge accepted. */
export interface Done {
  completed: boolean
  battery_critical: boolean
}

/** A bridge that discovery returned. */
export interface Found {
  id: number
  address?: [string, number] | null
}

/** The maintenance operations of the hardware bridge, by their paths. */
export type Maintenance =
  | 'CLEAR_LOG' // /clearlog
  | 'UPDATE' // /fwupdate
  | 'REBOOT' // /reboot
  | 'FACTORY_RESET' // /factoryReset

/** Methods that an adapter may have. Leave out those that the client lacks. */
export interface NukiPort {
  /**
   * Get the token while someone goes to press the button, and use it from then on.
   *
   * Returns:
   *     The token; None if nobody pressed the button.
   */
  authorize?(): string | null | Promise<string | null>
  /** Return all paired locks. */
  list_locks?(): Lock[] | Promise<Lock[]>
  /** Return the *present* state of a lock. Raises Unavailable if it cannot be read. */
  lock_state?(lock: number): LockState | Promise<LockState>
  /** Start an action; with `wait`, return when it is done. */
  act?(lock: number, action: Action, wait: boolean): Done | Promise<Done>
  /** Return what the client would show for this lock now; None or UNKNOWN if it does not know. It may read first. */
  believed_state?(lock: number): State | null | Promise<State | null>
  /** Handle a body that the bridge has POSTed to the client's callback URL. */
  on_callback?(body: Buffer): void | Promise<void>
  /** Do what the client does regularly to keep its state current (polling). */
  refresh?(): void | Promise<void>
  /** Register this URL as a callback. */
  register_callback?(url: string): void | Promise<void>
  /** Remove this URL from the bridge's callbacks. */
  unregister_callback?(url: string): void | Promise<void>
  /** Return the bridges that the Nuki server knows in this network. */
  discover?(): Found[] | Promise<Found[]>
  /** Remove the pairing with a lock. */
  unpair?(lock: number): void | Promise<void>
  /** Run a maintenance operation. */
  maintain?(task: Maintenance): void | Promise<void>
}

/** The port's errors: `throw errors.NotSupported('why')`. */
export interface NukiErrors {
  /** The root of the errors that a client may raise. */
  NukiError(text?: string): Error
  /** The token is missing or wrong, or the API is not enabled. */
  CredentialError(text?: string): Error
  /** /auth is disabled. */
  Disabled(text?: string): Error
  /** No paired Smart Lock has this id. */
  UnknownLock(text?: string): Error
  /** The bridge or the lock cannot be reached now; trying later may help. */
  Unavailable(text?: string): Error
  /** The bridge answered that the operation did not succeed. */
  Failed(text?: string): Error
  /** The URL cannot be a callback. */
  BadCallback(text?: string): Error
  /** Three callbacks are registered already. */
  NoFreeSlot(text?: string): Error
  /** The bridge does not have this operation. */
  NotSupported(text?: string): Error
}
