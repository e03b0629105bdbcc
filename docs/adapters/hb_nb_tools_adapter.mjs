// An adapter for hb-nb-tools (npm), the client of Homebridge's Nuki plugin: it only translates its answers and errors.

import { NbClient } from 'hb-nb-tools/NbClient'
import { errors, serve } from './lockpact/lockpact.mjs'

const CODES = { UNLOCK: 1, LOCK: 2, UNLATCH: 3, LOCK_N_GO: 4, LOCK_N_GO_UNLATCH: 5 }
const SMART_LOCK = 0
const NAMES = { 400: 'BadCallback', 401: 'CredentialError', 403: 'Disabled', 404: 'UnknownLock', 408: 'Unavailable', 503: 'Unavailable' }

serve(class {
  constructor ({ host, port, credentials }) {
    // Version 1.6 of the API takes the plain token only.
    this.bridge = new NbClient({ host: `${host}:${port}`, token: credentials.token ?? 'unknown', encryption: 'none' })
    this.bridge.on('error', error => console.error(error.message))
  }

  async authorize () { return this._ask(() => this.bridge.auth()) }

  async list_locks () {
    const { body } = await this._ask(() => this.bridge.list())
    return body.map(lock => ({ id: lock.nukiId, name: lock.name, ...state(lock.lastKnownState) }))
  }

  async lock_state (lock) {
    const { body } = await this._ask(() => this.bridge.lockState(lock, SMART_LOCK))
    if (!body.success) throw errors.Unavailable('success: false')
    return state(body)
  }

  async act (lock, action) {
    const { body } = await this._ask(() => this.bridge.lockAction(lock, SMART_LOCK, CODES[action]))
    if (!body.success) throw errors.Failed('success: false')
    return { completed: true, battery_critical: body.batteryCritical } // it cannot do without waiting
  }

  async register_callback (url) {
    const { body } = await this._ask(() => this.bridge.callbackAdd(url))
    if (!body.success) throw errors.Failed(body.message)
  }

  async unregister_callback (url) {
    const { body } = await this._ask(() => this.bridge.callbackList())
    const slot = body.callbacks.find(one => one.url === url)
    const removed = slot && await this._ask(() => this.bridge.callbackRemove(slot.id))
    if (removed && !removed.body.success) throw errors.Failed(removed.body.message)
  }

  async _ask (call) {
    try {
      return await call()
    } catch (error) {
      const name = NAMES[error.statusCode] ?? (error.constructor.name === 'HttpError' ? 'Unavailable' : null)
      throw name ? errors[name](error.message) : error
    }
  }
})

function state (known) {
  return { state: known?.state, battery_critical: Boolean(known?.batteryCritical) }
}
