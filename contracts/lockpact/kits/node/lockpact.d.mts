// What an adapter gets, and how it is served. The vendors' ports are in ports/.

/** Where the vendor is, and the client's credentials. */
export interface Connection {
  /** The vendor's base URL, without a trailing slash: plain HTTP on loopback. It differs in each example. */
  url: string
  host: string
  port: number
  /** The client's own credentials, as the port's documentation lists them. RemoteLock: also the `store`. */
  credentials: Record<string, any>
  /** The URL to register with vendors that call back. What they deliver arrives by a method of the port. */
  callback_url: string
  /** All servers of the vendor: name → URL. */
  servers: Record<string, string>
  /** Nokē: the phone's radio. */
  nearby?: any
}

/** A class that is constructed for each client. `Port` is the vendor's, such as `NukiPort`. */
export type Adapter<Port> = new (connection: Connection) => Port & { close?(): void | Promise<void> }

/** Lets this program's adapter be driven. */
export function serve<Port = object>(adapter: Adapter<Port>): void

/** The port's errors, by name: `throw errors.Unavailable('why')`. For their types: `errors as unknown as NukiErrors`. */
export const errors: Record<string, (text?: string, fields?: object) => Error>
