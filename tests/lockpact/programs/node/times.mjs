// A client that waits in every way that Node has, on the world's time. Each way logs what it saw.

import { generateKeyPair, pbkdf2, randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { performance } from 'node:perf_hooks'
import timers from 'node:timers/promises'
import { setTimeout as timeout } from 'node:timers'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

const { errors, serve } = await import(pathToFileURL(process.env.KIT).href)

const since = began => Math.round(Date.now() - began)

serve(class {
  constructor (connection) {
    Object.assign(this, connection)
    this.polled = []
  }

  async refresh () {
    const began = Date.now()
    setInterval(() => this.polled.push(since(began) / 1000), 2000).unref()
  }

  on_callback (body) { console.log('Buffer', body.toString('hex')) }

  async register_callback (what) {
    if (what.includes('://')) throw errors.Failed('it registers nothing')
    const said = await this[`_${what}`](Date.now())
    if (said !== undefined) console.log(said)
  }

  _polled () { return this.polled.join(' ') }
  _date () { return `${new Date().toISOString()} ${Date().slice(0, 15)}` }
  _haunt () { setInterval(() => console.log('boo'), 1000) }
  _forever () { return new Promise(() => {}) }
  _broken (x) { x.y() }
  _immediate (began) { return new Promise(resolve => setImmediate(() => resolve(String(since(began))))) }

  async _timeout (began) {
    const before = performance.now()
    const results = await Promise.all([
      new Promise(resolve => setTimeout(resolve, 30_000)).then(() => since(began)),
      new Promise(resolve => timeout(resolve, 30_000)).then(() => Math.round(performance.now() - before)),
      timers.scheduler.wait(30_000).then(() => since(began))
    ])
    return results.join(' ')
  }

  async _promise (began) { return `${await timers.setTimeout(90_000, 'done')} ${since(began)}` }
  async _promisified (began) { await promisify(setTimeout)(86_399_000); return String(since(began)) }

  async _interval (began) {
    const seen = []
    for await (const _ of timers.setInterval(1000)) {
      seen.push(since(began))
      if (seen.length === 3) return seen.join(' ')
    }
  }

  async _cleared (began) {
    const never = setTimeout(() => console.log('never'), 1000)
    const number = +setTimeout(() => console.log('never'), 1000)
    const interval = setInterval(() => console.log('never'), 1000)
    clearTimeout(never)
    clearTimeout(number)
    clearInterval(interval)
    await timers.setTimeout(5000)
    return String(since(began))
  }

  async _order () {
    const seen = []
    setTimeout(() => { seen.push('b'); Promise.resolve().then(() => seen.push('c')) }, 1000)
    setTimeout(() => seen.push('d'), 1000)
    setTimeout(() => seen.push('a'), 500)
    await timers.setTimeout(2000)
    return seen.join(' ')
  }

  async _threads (began) { // what another thread computes takes none of the world's time, though a timer is due
    setTimeout(() => {}, 10)
    const { privateKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' })
    await promisify(pbkdf2)('secret', 'salt', 200_000, 64, 'sha512')
    await crypto.subtle.digest('SHA-512', new Uint8Array(10_000_000))
    const zipped = await promisify(gzip)(randomBytes(1_000_000))
    return `${privateKey.type} ${zipped.length > 0} ${since(began)}`
  }

  async _abort (began) {
    const signal = AbortSignal.timeout(7000)
    await new Promise(resolve => signal.addEventListener('abort', resolve))
    return `${signal.reason.name} ${since(began)}`
  }

  async _hrtime () {
    const [before, precise, nanoseconds] = [process.hrtime(), performance.now(), process.hrtime.bigint()]
    await timers.setTimeout(12_000)
    return `${process.hrtime(before)[0]} ${Math.round(performance.now() - precise)} ${process.hrtime.bigint() - nanoseconds}`
  }

  async _refresh (began) {
    const timer = setTimeout(() => {}, 8000)
    await timers.setTimeout(1000)
    timer.refresh()
    await new Promise(resolve => { timer.callback = resolve })
    return String(since(began))
  }

  async _socket (began) {
    const socket = connect(this.port, this.host)
    socket.setTimeout(4000)
    socket.write('GET /info HTTP/1.1\r\nHost: bridge\r\n\r\n')
    await new Promise(resolve => socket.once('timeout', resolve))
    socket.destroy()
    return `timed out after ${since(began)}`
  }

  async _fetch (began) {
    try {
      const answer = await fetch(`${this.url}/info`, { signal: AbortSignal.timeout(6000) })
      return `${answer.status} ${since(began)}`
    } catch (error) {
      return `${error.name} ${since(began)}`
    }
  }

  _console () {
    console.debug('one')
    console.log('two', 2)
    console.warn('three')
    console.error('four')
    process.stdout.write('five\n')
  }
})
