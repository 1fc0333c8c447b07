// The clients in a process of their own: what they cost is none of the app's figures. Arguments: milliseconds, ports.
import { abuse } from './abuse'

const [milliseconds, http, http2] = process.argv.slice(2).map(Number) as [number, number, number]
process.on('disconnect', () => process.exit())
void abuse({ http, http2 }, milliseconds).then(() => process.disconnect?.())
