// Listens, and answers what the tests ask for over IPC.
const { subscribe } = require('node:diagnostics_channel')

const PROBES = ['route-start', 'handler-start', 'handler-done', 'route-done']

exports.serve = (app, status) => {
  const heard = []
  const answers = {
    status,
    heard: () => heard,
    listen() {
      for (const probe of PROBES)
        subscribe(`restify:${probe}`, ({ routeName, handlerName = '' }) =>
          heard.push(`${probe} ${routeName} ${handlerName}`.trim())
        )
    }
  }
  const server = app.listen(0, '127.0.0.1', () => process.send(server.address().port))
  process.on('message', (question) => process.send(answers[question]() ?? true))
  process.on('disconnect', () => process.exit())
}
