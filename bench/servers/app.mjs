// An app in one state, without a network, in a process of its own: node app.mjs guide off
import { answering } from '../support/answering.mjs'
import { APPS } from '../support/apps.mjs'
import { Connection, cpuPerRequest } from '../support/inject.mjs'
import { appIn } from '../support/states.mjs'

const [app, state] = process.argv.slice(2)
const connections = [new Connection(appIn(state, app))]

answering({
  round: (milliseconds) => cpuPerRequest(connections, APPS[app].path, milliseconds)
})
