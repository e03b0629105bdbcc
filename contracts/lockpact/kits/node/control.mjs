// A client of the control API of `locksim serve`, for tests: worlds, time, devices, faults, deliveries, snapshots.
//
// Generated from the control API's OpenAPI document (locksim openapi): run `make generate`. Types are in control.d.mts.

const { fetch } = globalThis // a test may put another one in its place
const DEFAULT = 'http://127.0.0.1:8700/_sim'

export class ControlError extends Error {
  constructor (message, status) {
    super(message)
    this.name = 'ControlError'
    this.status = status
  }
}

async function call (control, method, segments, query, body) {
  const url = new URL([control.url, ...segments.map(encodeURIComponent)].join('/'))
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null) url.searchParams.set(name, String(value))
  }
  const headers = control.token === undefined ? {} : { Authorization: `Bearer ${control.token}` }
  let answer, text
  try {
    answer = await fetch(url, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) })
    text = await answer.text()
  } catch (error) {
    const why = error.cause?.message || error.cause?.code || error.message
    throw new ControlError(`the control API at ${control.url} cannot be called (${why}); is locksim serve running?`, 0)
  }
  if (answer.ok && !/json\b/.test(answer.headers.get('content-type') ?? '')) return text
  let found
  try { found = JSON.parse(text) } catch {
    if (answer.ok && /jsonl/.test(answer.headers.get('content-type') ?? '')) return text
    throw new ControlError(`${method} ${url} answered ${answer.status} without JSON; is it a control API?`, answer.status)
  }
  if (!answer.ok) throw new ControlError(found.error ?? `${method} ${url} answered ${answer.status}`, answer.status)
  return found
}

export class Control {
  constructor (url = process.env.LOCKPACT_CONTROL ?? DEFAULT, { token = process.env.LOCKSIM_ADMIN_TOKEN } = {}) {
    this.url = String(url).replace(/\/+$/, '').replace(/\/_sim$/, '') + '/_sim'
    this.token = token
  }

  async world (name = 'default') {
    return new World(this, await call(this, 'GET', ['worlds', name]))
  }

  readConnectionInfo () {
    return call(this, 'GET', [])
  }

  readOpenapi () {
    return call(this, 'GET', ['openapi.json'])
  }

  readHealth () {
    return call(this, 'GET', ['health'])
  }

  readMetrics () {
    return call(this, 'GET', ['metrics'])
  }

  listWorlds () {
    return call(this, 'GET', ['worlds'])
  }

  async createWorld (body) {
    return new World(this, await call(this, 'POST', ['worlds'], undefined, body))
  }
}

export class World {
  constructor (control, details) {
    this.control = control
    this.details = details
    this.name = details.name
    this.vendors = details.vendors
  }

  read () {
    return call(this.control, 'GET', ['worlds', this.name])
  }

  drop () {
    return call(this.control, 'DELETE', ['worlds', this.name])
  }

  reset () {
    return call(this.control, 'POST', ['worlds', this.name, 'reset'])
  }

  async fork (body) {
    return new World(this.control, await call(this.control, 'POST', ['worlds', this.name, 'fork'], undefined, body))
  }

  listSnapshots () {
    return call(this.control, 'GET', ['worlds', this.name, 'snapshots'])
  }

  keepSnapshot (body) {
    return call(this.control, 'POST', ['worlds', this.name, 'snapshots'], undefined, body)
  }

  restoreSnapshot (snapshot) {
    return call(this.control, 'POST', ['worlds', this.name, 'snapshots', snapshot, 'restore'])
  }

  setLimits (body) {
    return call(this.control, 'PUT', ['worlds', this.name, 'limits'], undefined, body)
  }

  setPhysics (body) {
    return call(this.control, 'PUT', ['worlds', this.name, 'physics'], undefined, body)
  }

  listVariants () {
    return call(this.control, 'GET', ['worlds', this.name, 'variants'])
  }

  setVariants (body) {
    return call(this.control, 'PUT', ['worlds', this.name, 'variants'], undefined, body)
  }

  readClock () {
    return call(this.control, 'GET', ['worlds', this.name, 'clock'])
  }

  setClock (body) {
    return call(this.control, 'PUT', ['worlds', this.name, 'clock'], undefined, body)
  }

  advance (body) {
    return call(this.control, 'POST', ['worlds', this.name, 'clock', 'advance'], undefined, body)
  }

  listDue () {
    return call(this.control, 'GET', ['worlds', this.name, 'due'])
  }

  readJournal (query) {
    return call(this.control, 'GET', ['worlds', this.name, 'journal'], query)
  }

  exportJournal (query) {
    return call(this.control, 'GET', ['worlds', this.name, 'journal.jsonl'], query)
  }

  readMoment (entry) {
    return call(this.control, 'GET', ['worlds', this.name, 'journal', entry])
  }

  listFaults () {
    return call(this.control, 'GET', ['worlds', this.name, 'faults'])
  }

  injectFault (body) {
    return call(this.control, 'POST', ['worlds', this.name, 'faults'], undefined, body)
  }

  removeFaults () {
    return call(this.control, 'DELETE', ['worlds', this.name, 'faults'])
  }

  removeFault (id) {
    return call(this.control, 'DELETE', ['worlds', this.name, 'faults', id])
  }

  listScheduled () {
    return call(this.control, 'GET', ['worlds', this.name, 'plans'])
  }

  cancelAllScheduled () {
    return call(this.control, 'DELETE', ['worlds', this.name, 'plans'])
  }

  cancelScheduled (id) {
    return call(this.control, 'DELETE', ['worlds', this.name, 'plans', id])
  }

  listDeliveries () {
    return call(this.control, 'GET', ['worlds', this.name, 'deliveries'])
  }

  setDeliveries (body) {
    return call(this.control, 'PUT', ['worlds', this.name, 'deliveries'], undefined, body)
  }

  releaseDelivery (id) {
    return call(this.control, 'POST', ['worlds', this.name, 'deliveries', id, 'release'])
  }

  doubleDelivery (id) {
    return call(this.control, 'POST', ['worlds', this.name, 'deliveries', id, 'double'])
  }

  dropDelivery (id) {
    return call(this.control, 'POST', ['worlds', this.name, 'deliveries', id, 'drop'])
  }

  readState (vendor) {
    return call(this.control, 'GET', ['worlds', this.name, vendor, 'state'])
  }

  loadState (vendor, body) {
    return call(this.control, 'PUT', ['worlds', this.name, vendor, 'state'], undefined, body)
  }

  listDevices (vendor) {
    return call(this.control, 'GET', ['worlds', this.name, vendor, 'hardware'])
  }

  listActions (vendor) {
    return call(this.control, 'GET', ['worlds', this.name, vendor, 'actions'])
  }

  showDisplay (vendor) {
    return call(this.control, 'GET', ['worlds', this.name, vendor, 'display'])
  }

  listRequests (vendor) {
    return call(this.control, 'GET', ['worlds', this.name, vendor, 'requests'])
  }

  sendRequest (vendor, body) {
    return call(this.control, 'POST', ['worlds', this.name, vendor, 'requests'], undefined, body)
  }

  listRecipes (vendor) {
    return call(this.control, 'GET', ['worlds', this.name, vendor, 'recipes'])
  }

  actOnDevice (vendor, device, action, body) {
    return call(this.control, 'POST', ['worlds', this.name, vendor, 'hardware', device, action], undefined, body)
  }

  callSupport (vendor, action, body) {
    return call(this.control, 'POST', ['worlds', this.name, vendor, 'support', action], undefined, body)
  }
}
