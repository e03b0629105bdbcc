// Puts this process on a clock that somebody else moves: Date, timers, performance.now, process.hrtime and sockets' timeouts.
//
// Load it before everything else: node --require ./clock.cjs program.mjs (`lockpact check` does so by itself). Nothing changes
// until `activate` is called, as ./lockpact.mjs does. Not replaced: what runs in workers and in other processes, and the
// timers inside Node's own servers. setImmediate and process.nextTick stay as they are.

'use strict'

const timers = require('node:timers')
const promises = require('node:timers/promises')
const { Socket } = require('node:net')
const { promisify } = require('node:util')
const { performance } = require('node:perf_hooks')
const { syncBuiltinESMExports } = require('node:module')

const RealDate = Date
const realImmediate = setImmediate
const real = { setTimeout, setInterval, clearTimeout, clearInterval }
const hrtime = process.hrtime
const realNow = performance.now.bind(performance)
const TIMEOUT = Symbol('lockpact.timeout')
const LONGEST = 2 ** 31 - 1
const ROUNDS = 3 // of the event loop, in which nothing may be going on
const PATIENCE = 5000 // real milliseconds for what is going on elsewhere, such as a look-up of a name
const WAITING = /^(Timeout|Immediate|TCPSocketWrap|TCPServerWrap|TCPWRAP|TCPSERVERWRAP|Pipe|PipeWrap|PIPEWRAP|TTYWrap|TTYWRAP|SignalWrap|UDPWrap|UDPWRAP|ProcessWrap|PROCESSWRAP|MessagePort|MESSAGEPORT|Worker|FSEventWrap|FSEVENTWRAP|StatWatcher|CloseReq)$/

let elsewhere = 0 // how much goes on in other threads, which getActiveResourcesInfo does not show
let active = false
let now = 0 // microseconds since 1970
let origin = 0
let order = 0
const pending = new Set()

function counted (owner, names, count) {
  for (const name of names) if (typeof owner?.[name] === 'function') owner[name] = count(owner[name])
}

// A promise: WebAssembly (fetch compiles its HTTP parser at its first use), and crypto.subtle.
const byPromise = real => function (...given) {
  elsewhere++
  return real.apply(this, given).finally(() => elsewhere--)
}

// A callback as the last argument. Without one the function does its work at once.
const byCallback = real => Object.defineProperties(function (...given) {
  const callback = given.at(-1)
  if (typeof callback === 'function') {
    elsewhere++
    given[given.length - 1] = (...results) => { elsewhere--; callback(...results) }
  }
  try {
    return real.apply(this, given)
  } catch (error) {
    if (typeof callback === 'function') elsewhere--
    throw error
  }
}, Object.getOwnPropertyDescriptors(real)) // util.promisify reads some of them

counted(WebAssembly, ['compile', 'instantiate'], byPromise)
counted(globalThis.SubtleCrypto?.prototype, [
  'decrypt', 'deriveBits', 'deriveKey', 'digest', 'encrypt', 'exportKey', 'generateKey', 'importKey', 'sign', 'unwrapKey', 'verify', 'wrapKey'
], byPromise)
counted(require('node:crypto'), [
  'generateKey', 'generateKeyPair', 'hkdf', 'pbkdf2', 'randomBytes', 'randomFill', 'randomInt', 'scrypt', 'sign', 'verify'
], byCallback)
counted(require('node:zlib'), [
  'brotliCompress', 'brotliDecompress', 'deflate', 'deflateRaw', 'gunzip', 'gzip', 'inflate', 'inflateRaw', 'unzip'
], byCallback)
syncBuiltinESMExports()

const milliseconds = () => Math.floor(now / 1000)

class Timer {
  constructor (callback, delay, parameters, repeats) {
    const wait = Number(delay)
    this.wait = wait >= 1 && wait <= LONGEST ? Math.trunc(wait) : 1
    Object.assign(this, { callback, parameters, repeats })
    this.refresh()
  }

  refresh () {
    this.due = now + this.wait * 1000
    this.order = ++order
    pending.add(this)
    return this
  }

  fire () {
    if (this.repeats) this.refresh()
    else pending.delete(this)
    this.callback(...this.parameters)
  }

  close () { pending.delete(this); return this }
  ref () { return this }
  unref () { return this }
  hasRef () { return true }
  [Symbol.toPrimitive] () { return this.order }
  [Symbol.dispose ?? Symbol('dispose')] () { pending.delete(this) }
}

function checked (callback) {
  if (typeof callback === 'function') return callback
  const error = new TypeError(`The "callback" argument must be of type function. Received ${typeof callback}`)
  error.code = 'ERR_INVALID_ARG_TYPE'
  throw error
}

function clear (timer, really) {
  if (timer instanceof Timer) pending.delete(timer)
  else if (typeof timer === 'number' || typeof timer === 'string') {
    for (const one of pending) if (one.order === Number(timer)) pending.delete(one)
    really(timer)
  } else really(timer)
}

function aborted (signal) {
  const error = new Error('The operation was aborted', { cause: signal.reason })
  error.name = 'AbortError'
  error.code = 'ABORT_ERR'
  return error
}

function sleep (delay, value, { signal } = {}) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(aborted(signal))
    const timer = new Timer(() => { signal?.removeEventListener('abort', stop); resolve(value) }, delay, [], false)
    function stop () { pending.delete(timer); reject(aborted(signal)) }
    signal?.addEventListener('abort', stop, { once: true })
  })
}

const replaced = {
  setTimeout: (callback, delay, ...parameters) => new Timer(checked(callback), delay, parameters, false),
  setInterval: (callback, delay, ...parameters) => new Timer(checked(callback), delay, parameters, true),
  clearTimeout: timer => clear(timer, real.clearTimeout),
  clearInterval: timer => clear(timer, real.clearInterval)
}
replaced.setTimeout[promisify.custom] = sleep

async function * every (delay, value, { signal } = {}) {
  while (true) yield await sleep(delay, value, { signal })
}

class WorldDate extends RealDate {
  constructor (...given) {
    if (given.length) super(...given)
    else super(milliseconds())
  }

  static now () { return milliseconds() }
}

function worldDate () { // Date() without `new` returns a text
  return new Proxy(WorldDate, { apply: () => new RealDate(milliseconds()).toString() })
}

function worldHrtime (before) {
  const nanoseconds = BigInt(now - origin) * 1000n
  const time = [Number(nanoseconds / 1000000000n), Number(nanoseconds % 1000000000n)]
  if (before === undefined) return time
  const [seconds, rest] = [time[0] - before[0], time[1] - before[1]]
  return rest < 0 ? [seconds - 1, rest + 1e9] : [seconds, rest]
}
worldHrtime.bigint = () => BigInt(now - origin) * 1000n

function setSocketTimeout (delay, callback) { // as net.Socket.setTimeout, whose own timer is inside Node
  if (this.destroyed) return this
  this.timeout = delay
  this[TIMEOUT]?.close()
  this[TIMEOUT] = delay > 0 ? new Timer(() => this._onTimeout(), delay, [], false) : undefined
  if (typeof callback === 'function') {
    if (delay > 0) this.once('timeout', callback)
    else this.removeListener('timeout', callback)
  }
  return this
}

function activate (start) {
  now = start
  if (active) return
  active = true
  origin = now - Math.round(realNow() * 1000)
  Object.assign(globalThis, replaced, { Date: worldDate() })
  Object.assign(timers, replaced)
  Object.assign(promises, { setTimeout: sleep, setInterval: every })
  promises.scheduler.wait = (delay, options) => sleep(delay, undefined, options)
  performance.now = () => (now - origin) / 1000
  process.hrtime = worldHrtime
  AbortSignal.timeout = delay => {
    const controller = new AbortController()
    replaced.setTimeout(
      () => controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')), delay
    )
    return controller.signal
  }
  const { destroy: reallyDestroy } = Socket.prototype
  Object.assign(Socket.prototype, {
    setTimeout: setSocketTimeout,
    _unrefTimer () { for (let one = this; one; one = one._parent) if (one[TIMEOUT] && pending.has(one[TIMEOUT])) one[TIMEOUT].refresh() },
    destroy (...given) { this[TIMEOUT]?.close(); return reallyDestroy.apply(this, given) }
  })
  syncBuiltinESMExports()
}

function next () {
  let first
  for (const one of pending) {
    if (first === undefined || one.due < first.due || (one.due === first.due && one.order < first.order)) first = one
  }
  return first
}

const round = () => new Promise(resolve => realImmediate(resolve))

function busy () {
  return elsewhere > 0 || process.getActiveResourcesInfo().some(name => !WAITING.test(name))
}

// Runs what is due until this time, then waits until nothing goes on. Returns when the next timer is due, or null.
// `before`: what is due at this very time waits, since answers of this time come first.
async function advance (until, before = false) {
  for (let timer = next(); timer && timer.due <= until - before; timer = next()) {
    now = Math.max(now, timer.due)
    timer.fire()
    await round() // what one timer does comes before the next one, as in the event loop
  }
  now = Math.max(now, until)
  await idle()
  return next()?.due ?? null
}

async function idle () {
  const began = realNow()
  for (let quiet = 0; quiet < ROUNDS;) {
    await round()
    quiet = busy() && realNow() - began < PATIENCE ? 0 : quiet + 1
  }
}

// A new example begins: timers of earlier clients are gone.
function reset (start) {
  pending.clear()
  activate(start)
}

globalThis[Symbol.for('lockpact.clock')] = { advance, reset, real, hrtime }
