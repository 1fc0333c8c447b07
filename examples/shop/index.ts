// A shop with a slow handler in it, for trying the command line:
//
//   npx restify-probes top -- node shop/index.js
//
// and then, in another terminal, some requests:
//
//   curl -s 'http://127.0.0.1:8080/products/[1-50]' 'http://127.0.0.1:8080/products/[1-20]?currency=JPY'
import express, { type NextFunction, type Request, type Response } from 'express'
import restifyProbes from 'restify-probes'

const app = express()

app.use(restifyProbes({ name: 'shop' }))

app.use(function authenticate(_req: Request, _res: Response, next: NextFunction) {
  setTimeout(next, 2)
})

app.use(function loadSession(_req: Request, _res: Response, next: NextFunction) {
  setTimeout(next, 5)
})

app.get(
  '/products/:id',
  function findProduct(_req: Request, _res: Response, next: NextFunction) {
    setTimeout(next, 8)
  },
  // This is wrong with the shop: it asks another one, for every visitor anew, and that one is slow with yen.
  function comparePrices(req: Request, _res: Response, next: NextFunction) {
    setTimeout(next, req.query.currency === 'JPY' ? 240 : 35)
  },
  function showProduct(req: Request, res: Response) {
    res.send({ product: req.params.id })
  }
)

app.get('/search', function search(req: Request, res: Response) {
  setTimeout(() => res.send({ found: req.query.q }), 20)
})

app.get('/cart', function showCart(_req: Request, res: Response) {
  res.send({ items: [] })
})

app.get('/orders/:id', function showOrder(_req: Request, res: Response) {
  setTimeout(() => res.status(503).send({ error: 'try again' }), 3)
})

const server = app.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object')
    console.log('listening: http://127.0.0.1:%d', address.port)
})
