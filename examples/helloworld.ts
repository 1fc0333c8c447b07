// The server of restify's DTrace guide, on Express. Try:
//
//   node helloworld.js
//   curl -is http://127.0.0.1:8080/hello/mark
//
// and trace it with helloworld.bt (Linux) or helloworld.d (macOS, illumos, FreeBSD).
import accepts from 'accepts'
import basicAuth from 'basic-auth'
import express, { type NextFunction, type Request, type Response } from 'express'
import restifyProbes from 'restify-probes'

/** The lag that a tracer is to find, in milliseconds, as in the guide. */
const LAG = 250

/** The time by which a client's clock may be off, in milliseconds. */
const CLOCK_SKEW = 5 * 60 * 1000

const app = express()
const urlencoded = express.urlencoded({ extended: false })

app.use(restifyProbes({ name: 'helloworld' }))

app.use(function parseAccept(req: Request, res: Response, next: NextFunction) {
  if (accepts(req).types(['json', 'text']) === false) res.sendStatus(406)
  else next()
})

app.use(function parseAuthorization(req: Request, res: Response, next: NextFunction) {
  res.locals.user = basicAuth(req)?.name ?? 'anonymous'
  next()
})

app.use(function parseDate(req: Request, res: Response, next: NextFunction) {
  const date = req.headers.date
  if (date !== undefined && !(Math.abs(Date.now() - Date.parse(date)) < CLOCK_SKEW)) res.sendStatus(400)
  else next()
})

app.use(function parseQueryString(req: Request, res: Response, next: NextFunction) {
  res.locals.query = new URL(req.url, 'http://localhost').searchParams
  next()
})

app.use(function parseUrlEncodedBody(req: Request, res: Response, next: NextFunction) {
  urlencoded(req, res, next)
})

app.use(function slowHandler(_req: Request, _res: Response, next: NextFunction) {
  setTimeout(() => next(), LAG)
})

app.get('/hello/:name', restifyProbes.route('GetFoo'), function respond(req: Request, res: Response) {
  res.send({ hello: req.params.name })
})

const server = app.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  const address = server.address()
  if (address !== null && typeof address === 'object')
    console.log('listening: http://127.0.0.1:%d', address.port)
})
