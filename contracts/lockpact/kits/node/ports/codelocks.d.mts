// The codelocks port: what lockpact asks of a client. Codelocks Connect API, version 1.

// Generated: `lockpact port codelocks --format typescript` prints it.

/** A time in ISO 8601, with an offset unless the port says that it is local. */
export type Time = string

/** A booking from arrival to departure. Both are wall clock times of the house, without a zone. */
export interface Stay {
  booking: string
  lock: Lock
  arrival: Time
  departure: Time
}

/**
 * A lock, as the client knows it.
 *
 * Attributes:
 *     model: KL1060, KL1060C2, KL1060G3, KL1550 or K3CONNECT.
 *     id: A KitLock's timecode, or a K3Connect lock's id.
 *     identifier: A KitLock's identifier; empty for a K3Connect lock, which needs the account's access key instead.
 *     zone: The time zone of the house. A K3Connect lock's clock has this zone; a KitLock's clock is on UTC.
 */
export interface Lock {
  model: string
  id: string
  identifier: string
  zone: string
}

/** What the guest types. It is valid from `start` until just before `end`; both have a zone. */
export interface Code {
  digits: string
  start: Time
  end: Time
}

/** One of a client's ten active periods, from `starts` to `ends` ("08:00") on `days` ("mon" to "sun"). */
export interface Period {
  enabled: boolean
  starts: string
  ends: string
  days: string[]
}

/** One entry of a lock's audit. */
export interface Entry {
  id: number
  type: string
  text: string
}

/** Methods that an adapter may have. Leave out those that the client lacks. */
export interface CodelocksPort {
  /**
   * Return the codes that let this guest in, in the order of their times.
   *
   * They are valid from the full hour of the arrival to the full hour of the departure, rounded up, by the lock's
   * clock. Called again for the same stay, it returns the same codes.
   */
  show?(stay: Stay): Code[] | Promise<Code[]>
  /** Cancel a booking. Return whether its codes no longer open the lock. */
  cancel?(stay: Stay): boolean | Promise<boolean>
  /** Return the sequence to type now into a KitLock of this model. It has a random identifier. */
  initialise?(model: string): string | Promise<string>
  /**
   * Return the sequence to type now into a KitLock of this model with this master code (eight digits).
   *
   * It has a random identifier.
   */
  initialise_with?(model: string, master: string): string | Promise<string>
  /** Take note that a person has put new batteries into this KitLock. */
  batteries_replaced?(lock: Lock): void | Promise<void>
  /** Take note that a person has set this KitLock's clock. */
  clock_set?(lock: Lock): void | Promise<void>
  /** Return the ids of the account's K3Connect locks. */
  list_locks?(): string[] | Promise<string[]>
  /** Use this access key from now on: the account's owner has changed it. */
  use_access_key?(key: string): void | Promise<void>
  /**
   * Invite a person to open by phone in these periods: number (0 to 9) → period. The others are disabled.
   *
   * The person may open as often as the periods allow.
   */
  invite?(lock: string, email: string, periods: Record<string, Period>): void | Promise<void>
  /** Replace a client's periods. */
  set_periods?(lock: string, email: string, periods: Record<string, Period>): void | Promise<void>
  /** Return a client's periods. */
  periods?(lock: string, email: string): Record<string, Period> | Promise<Record<string, Period>>
  /** Suspend a client, or restore one. */
  suspend?(lock: string, email: string, on: boolean): void | Promise<void>
  /** Delete a client: the phone no longer opens the lock. */
  remove?(lock: string, email: string): void | Promise<void>
  /** Return whether this person's phone may open the lock now, within its active periods. */
  admitted?(lock: string, email: string): boolean | Promise<boolean>
  /** Return whether the lock has reported low batteries; None if it has reported none yet. */
  battery_low?(lock: string): boolean | null | Promise<boolean | null>
  /** Return all entries of a lock's audit. */
  audit?(lock: string): Entry[] | Promise<Entry[]>
  /** Return whether a person entered since then; None if that is not known. */
  entered?(lock: string, since: Time): boolean | null | Promise<boolean | null>
}

/** The port's errors: `throw errors.ClockNotSet('why')`. */
export interface CodelocksErrors {
  /** The root of the errors that a client may raise. */
  CodelocksError(text?: string): Error
  /** 403: the API key is missing or wrong. */
  CredentialError(text?: string): Error
  /** The access key is not the account's: ask the account's owner for the present one. */
  AccessKeyError(text?: string): Error
  /** 400: a value is invalid. */
  InvalidData(text?: string): Error
  /** 404: a parameter is missing, or there is no such lock. */
  Missing(text?: string): Error
  /** 429: the month's calls are used up. */
  QuotaSpent(text?: string): Error
  /** 500, 502, or no answer: trying later may help. */
  Unavailable(text?: string): Error
  /** The lock's clock stopped when its batteries were changed: no code would open it. */
  ClockNotSet(text?: string): Error
}
