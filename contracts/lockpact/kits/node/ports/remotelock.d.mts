// The remotelock port: what lockpact asks of a client. RemoteLock API v1 (2018-08-13).

// Generated: `lockpact port remotelock --format typescript` prints it.

/** A time in ISO 8601, with an offset unless the port says that it is local. */
export type Time = string

/** The signed-in user. */
export interface User {
  id: string
  name: string
}

/** A device of any type, also of one that the document lacks. */
export interface Device {
  id: string
  type: string
  name: string
}

/** An access person. A guest has `starts` and `ends`: local times at the location, without a time zone. */
export interface Person {
  id: string
  name: string
  status: Status
  pin?: string | null
  starts?: Time | null
  ends?: Time | null
}

/** An access person's status; `UNKNOWN` for one that the document lacks. */
export type Status =
  | 'UPCOMING' // upcoming
  | 'CURRENT' // current
  | 'EXPIRED' // expired
  | 'DEACTIVATED' // deactivated
  | 'UNKNOWN'
  | string

/** A person's PIN or card. With neither, RemoteLock generates a PIN. */
export interface Credential {
  pin?: string | null
  card?: string | null
}

/** The types of what can be opened. */
export type Accessible =
  | 'LOCK' // lock
  | 'ACS_DOOR' // acs_door
  | 'DOOR_GROUP' // door_group
  | 'LOCATION' // location

/** An access. `usable`: the client knows that every lock of it has stored it. */
export interface Access {
  id: string
  person: string
  usable: boolean
}

/** The bolt's position. */
export type Bolt =
  | 'LOCKED' // locked
  | 'UNLOCKED' // unlocked

/**
 * Somebody at a lock, with a PIN or a card. `id` is the event's; `person` is None if the lock knows nobody with it.
 *
 * `at` is when it happened, by the lock.
 */
export interface Entry {
  id: string
  person?: string | null
  granted: boolean
  at: Time
}

/** The tokens from /oauth/token. `expires_at` is in seconds since the epoch. */
export interface Tokens {
  access: string
  refresh?: string | null
  expires_at?: number
}

/** The token store that all processes of a client share, as a row in a database or a locked file. */
export interface Store {
  /** Return what any process saved last. */
  load(): Promise<Tokens | null>
  /** Save these tokens, replacing others. */
  save(tokens: Tokens | null): Promise<null>
  /** Wait for the lock, and take it. */
  lock(): Promise<null>
  /** Release the lock. */
  unlock(): Promise<null>
}

/** Methods that an adapter may have. Leave out those that the client lacks. */
export interface RemoteLockPort {
  /** Return the URL where the user signs in, in a browser. */
  authorize_url?(): string | Promise<string>
  /** Receive the code that the browser brought to the redirect URI. */
  signed_in?(code: string): void | Promise<void>
  /** Start as another process of the client: use the tokens in the store. */
  resume?(): void | Promise<void>
  /** Return the user that the token is for. */
  user?(): User | Promise<User>
  /** Return all devices. `per_page` is the page size that the caller prefers. */
  devices?(per_page: number): Device[] | Promise<Device[]>
  /** Return the current and upcoming persons; with `everyone`, also the expired and deactivated ones. */
  persons?(everyone: boolean): Person[] | Promise<Person[]>
  /** Return one person. */
  person?(id: string): Person | Promise<Person>
  /** Return the ids of all persons with access to a lock, also by location or group. */
  who?(lock: string): string[] | Promise<string[]>
  /** Create a permanent person. */
  create_user?(name: string, email: string | null, credential: Credential): Person | Promise<Person>
  /** Create a guest for this stay, in the local time of the lock. The guest has no access yet. */
  create_guest?(name: string, email: string | null, credential: Credential, lock: string, starts: Time, ends: Time): Person | Promise<Person>
  /** Let a guest stay until another time. */
  extend?(guest: string, lock: string, until: Time): Person | Promise<Person>
  /** End the stay and keep the record. Return whether no lock is known to open for the person still. */
  end?(person: string): boolean | Promise<boolean>
  /** Send the guest the email with the access instructions now. */
  invite?(guest: string): void | Promise<void>
  /** Grant access to a lock, door, group or location. */
  grant?(person: string, kind: Accessible, id: string): Access | Promise<Access>
  /** Return an access as it is now. */
  access?(person: string, access: string): Access | Promise<Access>
  /** Revoke an access. Return whether none of its locks is known to open for the person still. */
  revoke?(person: string, access: string): boolean | Promise<boolean>
  /** Return whether the lock may open for this person; False only if the client knows that it does not. */
  may_enter?(person: string, lock: string): boolean | Promise<boolean>
  /** Lock or unlock. Return whether the bolt is known to be there. */
  order?(lock: string, to: Bolt): boolean | Promise<boolean>
  /** Return the bolt's position; None if the client does not know it. */
  bolt?(lock: string): Bolt | null | Promise<Bolt | null>
  /** Return everybody who was let in or refused at a lock with a PIN or a card, in any order. */
  entries?(lock: string): Entry[] | Promise<Entry[]>
  /** Remove one PIN that was programmed at the keypad. */
  remove_local_pin?(lock: string, pin: string): void | Promise<void>
  /** Register a lock with this auto-lock timeout in seconds. Return its id. `refresh` may finish the set-up. */
  set_up?(name: string, serial: string, model: string, location: string, timeout: number): string | Promise<string>
  /** Have RemoteLock send all events of the account to this URL. */
  subscribe?(url: string): void | Promise<void>
  /** Receive a webhook. Return the HTTP status of the answer. */
  on_webhook?(headers: Record<string, string>, body: Buffer): number | Promise<number>
  /** Return the ids of the events that the client has acted on, one for each time. */
  seen?(): string[] | Promise<string[]>
  /** Do what the client does regularly by itself: polling, reactivating, finishing set-ups. */
  refresh?(): void | Promise<void>
}

/** The port's errors: `throw errors.Unavailable('why')`. */
export interface RemoteLockErrors {
  /** The root of what a client may raise. */
  RemoteLockError(text?: string): Error
  /** The user must sign in (again). */
  ConsentNeeded(text?: string): Error
  /** The application's own id and secret are refused. */
  CredentialError(text?: string): Error
  /** A resource error. `errors`: attribute (None: the whole resource) → its messages. */
  Invalid(text?: string, fields?: { errors: Record<string, string[]> }): Error
  /** Another person has this PIN. */
  PinTaken(text?: string, fields?: { errors: Record<string, string[]> }): Error
  /** A general error, with RemoteLock's `type` and `message`. */
  Refused(text?: string, fields?: { type?: string | null; message?: string }): Error
  /** The person is expired or deactivated, and cannot be changed. */
  StayOver(text?: string, fields?: { type?: string | null; message?: string }): Error
  /** There is no such resource. */
  NotFound(text?: string): Error
  /** A collection of more than 10,000, which cannot be read completely. */
  TooMany(text?: string): Error
  /** No answer, or an unusable one; a later try may succeed. */
  Unavailable(text?: string): Error
}
