// Makes an adapter of a class: `serve(MyAdapter)` lets `lockpact check VENDOR --adapter-command 'node adapter.mjs'` drive it.
//
//     import { errors, serve } from './lockpact.mjs'
//     import { MyBridge } from './my-bridge.mjs'
//
//     serve(class {
//       constructor (connection) { this.bridge = new MyBridge(connection.url, connection.credentials.token) }
//       async lock_state (lock) { … }
//     })
//
// The methods, and what they get and return, are those of the vendor's port: `lockpact port VENDOR`. To report one of the
// port's errors, throw `errors.Unavailable('why')`. What the console gets is judged as the client's log.

import { format } from 'node:util'
import { writeSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'

const PROTOCOL = 1
const clock = globalThis[Symbol.for('lockpact.clock')]
const clients = new Map()
const waiting = new Map()
let asked = 0

/** The port's errors, by name: `throw errors.Rejected('no', { reasons: ['the PIN is taken'] })`. */
export const errors = new Proxy({}, {
  get: (_, name) => (text = '', fields = {}) => Object.assign(new Error(text), { name, fields })
})

/** Lets this program's adapter be driven. `adapter` is a class; an object of it is made for each client. */
export function serve (adapter) {
  redirectOutput()
  const decoder = new StringDecoder('utf8')
  let rest = ''
  process.stdin.on('data', data => {
    const lines = (rest + decoder.write(data)).split('\n')
    rest = lines.pop()
    for (const line of lines) if (line) receive(JSON.parse(line), adapter)
  })
  process.stdin.on('end', () => process.exit(0))
}

function receive (message, adapter) {
  if (message.method === undefined) return settle(message)
  answer(adapter, message).then(
    result => send({ id: message.id, result: result ?? null }),
    error => send({ id: message.id, error: describe(error) })
  )
}

async function answer (adapter, { method, params }) {
  switch (method) {
    case 'initialize': return { protocol: PROTOCOL, methods: methodsOf(adapter), clock: clock ? 'world' : 'machine' }
    case 'reset': return reset(params)
    case 'advance': return { until: await clock.advance(params.now, params.before) }
    case 'new': clients.set(params.client, await new adapter(revive(params.client, params.connection))); return null
    case 'call': return plain(await call(params))
    case 'close': return close(params.client)
  }
  throw Object.assign(new Error(`there is no ${method}`), { code: -32601 })
}

function call ({ client, method, arguments: given }) {
  return clients.get(client)[method](...Object.values(given).map(bytes))
}

function reset ({ now, clock: wanted }) {
  clients.clear()
  waiting.clear()
  if (clock && wanted === 'world') clock.reset(now)
}

async function close (client) {
  const one = clients.get(client)
  clients.delete(client)
  await one?.close?.()
}

function methodsOf (adapter) {
  const found = new Set()
  for (let one = adapter.prototype; one && one !== Object.prototype; one = Object.getPrototypeOf(one)) {
    for (const name of Object.getOwnPropertyNames(one)) {
      if (typeof Object.getOwnPropertyDescriptor(one, name).value === 'function') found.add(name)
    }
  }
  for (const name of ['constructor', 'close']) found.delete(name)
  return [...found].filter(name => !name.startsWith('_'))
}

// ---- what the client reaches at lockpact's side, such as a radio

function revive (client, connection) {
  for (const object of connection.objects) {
    const remote = new Proxy({}, {
      get: (_, method) => method === 'then' ? undefined : (...given) => ask(client, object, method, given)
    })
    if (object === 'nearby') connection.nearby = remote
    else connection.credentials[object] = remote
  }
  return connection
}

function ask (client, object, method, given) {
  const id = `n${++asked}`
  send({ id, method: 'object', params: { client, object, method, arguments: plain(given) } })
  return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }))
}

function settle ({ id, result, error }) {
  const { resolve, reject } = waiting.get(id) ?? {}
  waiting.delete(id)
  if (error) reject?.(errors[error.data?.error ?? 'Error'](error.message))
  else resolve?.(bytes(result))
}

// ---- values: bytes are {"base64": …}, and times ISO 8601

function plain (value) {
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString('base64') }
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]))
  if (value instanceof Set) return [...value].map(plain)
  if (Array.isArray(value)) return value.map(plain)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
}

function bytes (value) {
  if (Array.isArray(value)) return value.map(bytes)
  if (value === null || typeof value !== 'object') return value
  if (typeof value.base64 === 'string' && Object.keys(value).length === 1) return Buffer.from(value.base64, 'base64')
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, bytes(item)]))
}

function describe (error) {
  if (!(error instanceof Error)) return { code: 1, message: String(error), data: { error: 'Error' } }
  const cause = error.cause instanceof Error ? { cause: `${error.cause.name}: ${error.cause.message}` } : {}
  const code = error.code === -32601 ? error.code : 1
  return { code, message: error.message, data: { error: error.name, ...cause, ...plain(error.fields ?? {}) } }
}

// ---- what is written

function send (message) {
  let data = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\n')
  while (data.length) {
    try {
      data = data.subarray(writeSync(1, data))
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error
    }
  }
}

function log (level, logger, text) {
  send({ method: 'log', params: { level, logger, text } })
}

function redirectOutput () {
  const levels = { debug: 'debug', trace: 'debug', log: 'info', info: 'info', dir: 'info', warn: 'warning', error: 'error' }
  for (const [name, level] of Object.entries(levels)) {
    console[name] = (...given) => log(level, 'console', format(...given))
  }
  process.stdout.write = (data, ...rest) => {
    log('info', 'stdout', String(data).trimEnd())
    rest.find(one => typeof one === 'function')?.()
    return true
  }
}
