import type { Handler } from './layer'
import type { Addressed, RoutedRequest } from './url'

/** A request as it comes to the middleware in which its trace begins: what handlers change later is kept as it was. */
export class Arrival implements Addressed {
  readonly method: string
  readonly url: string | undefined
  readonly originalUrl: string | undefined
  readonly baseUrl: string | undefined
  readonly _parsedUrl: Addressed['_parsedUrl']

  constructor(
    readonly req: RoutedRequest,
    /** The middleware of ours that it has come to. */
    readonly from: Handler,
    /** The function that the middleware was given to pass control on. */
    readonly next: Handler,
    /** The app or router in whose stack the middleware is; undefined where nobody knows. */
    readonly app: unknown
  ) {
    this.method = req.method ?? ''
    this.url = req.url
    this.originalUrl = req.originalUrl
    this.baseUrl = req.baseUrl
    this._parsedUrl = req._parsedUrl
  }
}
