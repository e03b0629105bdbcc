// A plain Nuki client in Node that keeps the pact, and its adapter. It is a translation of lockpact.nuki.reference.

import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'

const { errors, serve } = await import(pathToFileURL(process.env.KIT).href)

const PAUSES = [1000, 2000]
const CODES = { UNLOCK: 1, LOCK: 2, UNLATCH: 3, LOCK_N_GO: 4, LOCK_N_GO_UNLATCH: 5 }
const PATHS = { CLEAR_LOG: '/clearlog', UPDATE: '/fwupdate', REBOOT: '/reboot', FACTORY_RESET: '/factoryReset' }
const DONE = { UNLOCK: 3, LOCK: 1, UNLATCH: 5, LOCK_N_GO: 6, LOCK_N_GO_UNLATCH: 6 }
const MOVING = [2, 4, 7]
const LOCKED = 1

const isUnavailable = error => error.name === 'Unavailable'

class Bridge {
  constructor ({ url, credentials }) {
    this.url = url
    this.token = credentials.token
    this.believed = new Map()
    this.last = Promise.resolve()
  }

  async authorize () {
    const answer = object(await this.once('/auth', {}, 40_000))
    if (!answer.success) return null
    if (!answer.token) throw errors.Failed('the answer has no token')
    this.token = answer.token
    return this.token
  }

  async list_locks () {
    const locks = await this.ask('/list')
    if (!Array.isArray(locks)) throw errors.Failed('the answer to /list is not a list')
    return locks.map(lock => ({
      id: lock.nukiId,
      name: String(lock.name ?? ''),
      state: lock.lastKnownState?.state,
      battery_critical: Boolean(lock.lastKnownState?.batteryCritical)
    }))
  }

  async lock_state (lock) {
    this.believed.delete(lock)
    const answer = object(await this.ask('/lockState', { nukiId: lock }))
    if (!answer.success) throw errors.Unavailable('the bridge could not retrieve the state')
    this.believed.set(lock, answer.state)
    return { state: answer.state, battery_critical: Boolean(answer.batteryCritical) }
  }

  believed_state (lock) { return this.believed.get(lock) ?? null }

  async refresh () {
    for (const { id } of await this.list_locks()) {
      try {
        await this.lock_state(id)
      } catch (error) {
        if (!['Unavailable', 'UnknownLock'].includes(error.name)) throw error
      }
    }
  }

  async on_callback (body) {
    let lock
    try {
      lock = JSON.parse(body.toString()).nukiId
    } catch {
      return
    }
    if (Number.isInteger(lock)) await this.lock_state(lock).catch(() => {})
  }

  async act (lock, action, wait) {
    const opens = action !== 'LOCK'
    const pauses = opens ? [PAUSES[0]] : PAUSES
    for (const pause of [...pauses, null]) {
      this.believed.delete(lock)
      try {
        return await this.actOnce(lock, action, wait)
      } catch (error) {
        if (!isUnavailable(error) || pause === null) throw error
      }
      await sleep(pause)
      if (!opens) continue
      const present = await this.lock_state(lock)
      if (present.state === LOCKED) continue
      const done = present.state === DONE[action]
      if (!done && !MOVING.includes(present.state)) throw errors.Unavailable('the answer was lost')
      return { completed: done, battery_critical: present.battery_critical }
    }
  }

  async actOnce (lock, action, wait) {
    const query = { nukiId: lock, action: CODES[action], noWait: wait ? 0 : 1 }
    const answer = object(await this.once('/lockAction', query, 30_000))
    if (!answer.success) throw errors.Failed(`${action} did not succeed`)
    return { completed: wait, battery_critical: Boolean(answer.batteryCritical) }
  }

  async unpair (lock) {
    await this.onlyOnHardware('/unpair')
    succeeded(await this.ask('/unpair', { nukiId: lock }))
    this.believed.delete(lock)
  }

  async maintain (task) {
    await this.onlyOnHardware(PATHS[task])
    await this.once(PATHS[task])
  }

  async onlyOnHardware (path) {
    if (object(await this.ask('/info')).bridgeType === 2) throw errors.NotSupported(`a software bridge has no ${path}`)
  }

  async register_callback (url) {
    if (!url.startsWith('http://') || url.length > 254) throw errors.BadCallback('it must be a short http URL')
    const registered = await this.callbacks()
    if (registered.some(one => one.url === url)) return
    if (registered.length >= 3) throw errors.NoFreeSlot('the bridge has three callbacks already')
    succeeded(await this.ask('/callback/add', { url }))
  }

  async unregister_callback (url) {
    const slot = (await this.callbacks()).find(one => one.url === url)
    if (slot) succeeded(await this.ask('/callback/remove', { id: slot.id }))
  }

  async callbacks () {
    const { callbacks } = object(await this.ask('/callback/list'))
    if (!Array.isArray(callbacks)) throw errors.Failed('the bridge has not listed its callbacks')
    return callbacks
  }

  // ---- requests, one at a time

  async ask (path, query) {
    for (const pause of PAUSES) {
      try {
        return await this.once(path, query)
      } catch (error) {
        if (!isUnavailable(error)) throw error
        await sleep(pause)
      }
    }
    return this.once(path, query)
  }

  once (path, query, timeout) {
    const answer = this.last.then(() => this.send(path, query, timeout))
    this.last = answer.catch(() => {})
    return answer
  }

  async send (path, query = {}, timeout = 10_000) {
    const login = this.token && path !== '/auth' ? { token: this.token } : {}
    let answer, body
    try {
      answer = await fetch(`${this.url}${path}?${new URLSearchParams({ ...query, ...login })}`, {
        signal: AbortSignal.timeout(timeout)
      })
      body = await answer.text()
    } catch (error) {
      throw errors.Unavailable(`${path}: ${error.name}, no answer from the bridge`)
    }
    if (answer.status !== 200) throw refusal(path, answer.status)
    try {
      return body ? JSON.parse(body) : null
    } catch {
      throw errors.Failed(`${path}: the answer is not JSON`)
    }
  }
}

function object (answer) {
  if (answer === null || typeof answer !== 'object' || Array.isArray(answer)) throw errors.Failed('no JSON object')
  return answer
}

function succeeded (answer) {
  if (!object(answer).success) throw errors.Failed(answer.message ?? 'the bridge answered that it did not succeed')
}

function refusal (path, status) {
  const text = `${path}: HTTP ${status}`
  if (status === 401) return errors.CredentialError(text)
  if (status === 403) return errors.Disabled(text)
  if (status === 404) return ['/lockState', '/lockAction', '/unpair'].includes(path) ? errors.UnknownLock(text) : errors.NotSupported(text)
  if (status === 400 && path === '/callback/add') return errors.BadCallback(text)
  return status === 503 ? errors.Unavailable(text) : errors.Failed(text)
}

serve(Bridge)
