// Makes calls with hb-nb-tools and prints what they return.
// node run.mjs '{"client": {"host": …, "token": …}, "calls": [["lock", 407225611, 0], …]}'

import { NbClient } from 'hb-nb-tools/NbClient'

// Each call has a second of its own: the client's random numbers have four digits, and a bridge refuses a second call
// with the same second and number.
const RealDate = Date
let made = 0
globalThis.Date = class extends RealDate {
  constructor (...given) { given.length ? super(...given) : super(RealDate.now() + 1000 * made) }
}

const { client: options, calls } = JSON.parse(process.argv[2])
const client = new NbClient(options)
client.on('error', () => {}) // an emitter without a listener throws
const results = []
for (const [method, ...parameters] of calls) {
  made += 1
  try {
    const answer = await client[method](...parameters)
    results.push(answer?.body ?? answer ?? null)
  } catch (error) {
    results.push({ failed: error.statusCode ?? error.message })
  }
}
process.stdout.write(JSON.stringify({ results, id: client.id, encryption: client.encryption }))
process.exit(0) // its sockets stay open
