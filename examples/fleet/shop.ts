// One instance of a fleet: a shop that tells Prometheus of its routes and handlers.
//
//   PORT=8080 node shop.js
//   SLOW=10 PORT=8081 node shop.js     an instance that is slow in one handler
import express, { type NextFunction, type Request, type Response } from 'express'
import restifyProbes from 'restify-probes'
import { metrics } from 'restify-probes/prometheus'

/** The factor by which prices take longer here than elsewhere. */
const SLOW = Number(process.env.SLOW ?? 1)

const app = express()

app.use(restifyProbes({ name: 'shop' }))

// This comes before all else, so that nobody has to log in for it.
app.get('/metrics', metrics())

app.use(function authenticate(_req: Request, _res: Response, next: NextFunction) {
  setTimeout(next, 2)
})

app.get(
  '/products/:id',
  function findProduct(_req: Request, _res: Response, next: NextFunction) {
    setTimeout(next, 4)
  },
  function comparePrices(_req: Request, _res: Response, next: NextFunction) {
    setTimeout(next, 10 * SLOW)
  },
  function showProduct(req: Request, res: Response) {
    res.send({ product: req.params.id })
  }
)

app.get('/cart', function showCart(_req: Request, res: Response) {
  res.send({ items: [] })
})

app.post('/orders', function signReceipt(_req: Request, res: Response) {
  // It holds the event loop, as a computation does.
  const end = performance.now() + 5
  while (performance.now() < end);
  res.status(201).send({ order: 1 })
})

app.get('/stock/:id', function askWarehouse(req: Request, res: Response) {
  setTimeout(() => res.status(Number(req.params.id) % 10 === 3 ? 503 : 200).send({ left: 3 }), 3)
})

const server = app.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object')
    console.log('listening: http://127.0.0.1:%d', address.port)
})
