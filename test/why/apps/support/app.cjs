// What the apps have in common: ordinary routes beside the planted one, and a port.
const { setTimeout: wait } = require('node:timers/promises')

/** Waits for so many milliseconds, give or take a fifth. */
function about(ms) {
  return wait(ms * (0.8 + 0.4 * Math.random()))
}

/** Routes that are quick, some of which wait for a few milliseconds. */
function ordinary(app) {
  app.get('/', (_req, res) => {
    res.send('hello')
  })
  app.get('/items', async (_req, res) => {
    await about(3)
    res.json([1, 2, 3])
  })
  app.get('/items/:id', function showItem(req, res) {
    setTimeout(() => res.json({ id: req.params.id }), 2)
  })
}

/** Holds the event loop. */
function compute(ms) {
  const end = performance.now() + ms
  let sum = 0
  while (performance.now() < end) for (let i = 0; i < 1000; i++) sum += Math.sqrt(i)
  return sum
}

function listen(app) {
  const server = app.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
    console.log(`listening: ${server.address().port}`)
  })
  return server
}

module.exports = { about, compute, listen, ordinary }
