/** Stands for a value that is kept out of what people see. */
export const REDACTED = '[redacted]'
