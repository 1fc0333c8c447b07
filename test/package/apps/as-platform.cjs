// Preloaded, it makes another platform of this one, for the code that asks Node.
const { AS_PLATFORM, AS_ARCH } = process.env

Object.defineProperty(process, 'platform', { value: AS_PLATFORM })
Object.defineProperty(process, 'arch', { value: AS_ARCH })
