// Makes every visit of the list it is given on standard input, and prints what came of each.
'use strict'
const path = require('path')
const fs = require('fs')
const mqtt = require(path.resolve(process.argv[2], 'node_modules/mqtt'))

const TAKEN = 0
const CLOSED = 'closed'

function connect(visit, password) {
  const client = mqtt.connect({
    host: '127.0.0.1', port: visit.port, protocol: visit.ca ? 'mqtts' : 'mqtt',
    ca: visit.ca ? fs.readFileSync(visit.ca) : undefined, servername: 'localhost',
    protocolVersion: visit.version, username: visit.username, password,
    clientId: '', clean: true, reconnectPeriod: 0, connectTimeout: 10000,
  })
  return new Promise((resolve) => {
    client.on('connect', () => resolve([client, TAKEN]))
    client.on('error', (error) => resolve([client, error.code === undefined ? CLOSED : error.code]))
    client.on('close', () => resolve([client, CLOSED]))
  })
}

function publish(client, topic, payload) {
  return new Promise((resolve) => {
    client.on('close', () => resolve(CLOSED))
    client.publish(topic, payload, { qos: 1 }, (error) => {
      if (!error) resolve(TAKEN)
      else resolve(error.code === undefined ? CLOSED : error.code)
    })
  })
}

function heard(client, topic) {
  return new Promise((resolve, reject) => {
    client.on('message', (_, payload) => resolve(JSON.parse(payload).id))
    client.subscribe(topic, { qos: 1 }, (error) => error && reject(error))
  })
}

async function make(visit) {
  const [stranger, refused] = await connect(visit, 'a guess')
  stranger.end(true)
  const [client] = await connect(visit, visit.password)
  const receipt = heard(client, visit.down)
  const taken = await publish(client, visit.up, visit.press)
  const id = await receipt
  const foreign = await publish(client, visit.foreign, visit.press)
  client.end(true)
  return { refused, taken, receipt: id, foreign }
}

async function main() {
  const outcomes = {}
  for (const visit of JSON.parse(fs.readFileSync(0))) outcomes[visit.name] = await make(visit)
  console.log(JSON.stringify(outcomes))
}

main()
