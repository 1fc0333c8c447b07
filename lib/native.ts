import path from 'node:path'

/** The package's folder of native parts, as seen from the one file into which all of lib/ is bundled. */
export const NATIVE = path.join(__dirname, '..', 'native')
