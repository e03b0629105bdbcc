// The lockt port: what lockpact asks of a client. Lockt SecureAccess Cloud API Reference, version 1.0.

// Generated: `lockpact port lockt --format typescript` prints it.

/** A time in ISO 8601, with an offset unless the port says that it is local. */
export type Time = string

/** A card holder. `levels` is None if the vendor's answer has no access levels. */
export interface User {
  id: number
  id_num: string
  first_name: string
  last_name: string
  email: string
  card_num: string
  effective?: Time | null
  expires?: Time | null
  enabled: boolean
  levels?: number[] | null
}

/** A user to save, identified by `id_num`. `levels` are ids of access levels. */
export interface UserRecord {
  id_num: string
  first_name: string
  last_name: string
  email?: string
  card_num?: string
  phone?: string
  pin?: string
  effective?: Time | null
  expires?: Time | null
  enabled?: boolean
  levels?: number[]
}

/** The result for one record. `key` is its id_num, name (doors) or card_num (fobs); `reasons` the vendor's messages. */
export interface Receipt {
  key: string
  status: Status
  reasons?: string[]
}

/** The result of saving a record. */
export type Status =
  | 'SAVED' // saved
  | 'IGNORED' // ignored
  | 'FAILED' // failed

/** A fob, with its access levels, which it inherits if it has a user. */
export interface Fob {
  id: number
  name: string
  card_num: string
  effective?: Time | null
  expires?: Time | null
  levels: number[]
}

/** A fob to create, identified by `card_num`. */
export interface FobRecord {
  name: string
  card_num: string
  effective?: Time | null
  expires?: Time | null
}

/** An access credential. `key` is its registration key, which a phone's app claims; `user` is the holder's id. */
export interface Credential {
  id: number
  card_num: string
  key: string
  claimed: boolean
  user: number
}

/** A schedule. `days` are seven, from Monday; `start` and `stop` are `HH:MM:SS`, local to the residence. */
export interface Schedule {
  id: number
  name: string
  days: boolean[]
  start: string
  stop: string
}

/**
 * Events in the order of their ids.
 *
 * `cursor` is the argument for the next call. `lost` says that the vendor dropped events which were never read.
 */
export interface News {
  events: Event[]
  cursor: string
  lost: boolean
}

/** An event. `happened` is the device's time, `recorded` the system's. */
export interface Event {
  id: number
  granted: boolean
  card_num: string
  user: string
  happened: Time
  recorded: Time
}

/** Methods that an adapter may have. Leave out those that the client lacks. */
export interface LocktPort {
  /** Return all card holders. */
  users?(): User[] | Promise<User[]>
  /** Return the user with the system's id, or None. */
  user?(id: number): User | null | Promise<User | null>
  /**
   * Save any number of users. Return a receipt for each, in their order.
   *
   * Args:
   *     records: The users.
   *     update: Change the users that exist already. Otherwise they stay as they are.
   *     replace: Replace the access levels of changed users by the record's. Otherwise add the record's.
   */
  save_users?(records: UserRecord[], update: boolean, replace: boolean): Receipt[] | Promise<Receipt[]>
  /** End this user's access at this time, and change nothing else. Return only when the vendor confirms it. */
  end_access?(user: number, at: Time): void | Promise<void>
  /** Create any number of doors. Return a receipt for each, in their order. */
  create_doors?(names: string[]): Receipt[] | Promise<Receipt[]>
  /** Return all fobs. */
  fobs?(): Fob[] | Promise<Fob[]>
  /** Create any number of fobs. Return a receipt for each, in their order. */
  create_fobs?(records: FobRecord[]): Receipt[] | Promise<Receipt[]>
  /** Assign a fob to a user, within this window. */
  assign_fob?(fob: number, user: number, effective: Time | null, expires: Time | null): void | Promise<void>
  /** Return all credentials, with their holders. */
  credentials?(): Credential[] | Promise<Credential[]>
  /** Return all schedules. */
  schedules?(): Schedule[] | Promise<Schedule[]>
  /** Return the next free card number. The operation is pending release: NotThere if it does not exist. */
  next_card_num?(): string | Promise<string>
  /**
   * Return the events since the cursor; with None, all that the vendor still has.
   *
   * The cursor outlives the client: another client with the same credentials may continue with it.
   */
  read_events?(cursor: string | null): News | Promise<News>
}

/** The port's errors: `throw errors.Rejected('why')`. */
export interface LocktErrors {
  /** The root of what a client may raise. `reasons` are the vendor's messages. */
  LocktError(text?: string, fields?: { reasons?: string[] }): Error
  /** The credentials are missing or wrong. */
  CredentialError(text?: string, fields?: { reasons?: string[] }): Error
  /** There is no such endpoint, user or fob. */
  NotThere(text?: string, fields?: { reasons?: string[] }): Error
  /** The service or the customer's instance does not answer now; a later try may succeed. */
  Unavailable(text?: string, fields?: { reasons?: string[] }): Error
  /** The vendor answered, and refuses what was sent. */
  Rejected(text?: string, fields?: { reasons?: string[] }): Error
}
