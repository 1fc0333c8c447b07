/*
 * Static USDT probes with semaphores, in the ELF note format that SystemTap
 * defined and that bpftrace, bcc, libbpf, perf, gdb and LTTng read:
 * https://sourceware.org/systemtap/wiki/UserSpaceProbeImplementation
 *
 * A probe is a nop, plus a note of type 3 and owner "stapsdt" that holds: the
 * nop's address, the address of .stapsdt.base (by which a tool sees how far a
 * prelinked file was moved), the address of the semaphore, and three strings:
 * provider, probe, and where to find each argument at that moment.
 */
#ifndef RESTIFY_PROBES_USDT_H
#define RESTIFY_PROBES_USDT_H

#if defined(__x86_64__)
/*
 * One byte for a breakpoint, where the note points and every tool attaches;
 * then a nop of ten, as libbpf's usdt.h places it for the kernels and tools
 * that can make a call of it instead.
 */
#define USDT_NOP ".byte 0x90, 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0"
#elif defined(__aarch64__)
#define USDT_NOP "nop"
#else
#error "USDT probes are written for x86-64 and aarch64 only"
#endif

/* A note spells an argument as its size in bytes, negative if signed, and its place. */
#define USDT_STRING(operand) "8@%" #operand
#define USDT_INT(operand) "-4@%" #operand

/* The register that holds an int, by the name that parsers of notes know: x2 on aarch64, not w2. */
#if defined(__aarch64__)
#define USDT_INT_OPERAND(value) "r"((int64_t)(value))
#else
#define USDT_INT_OPERAND(value) "r"(value)
#endif

#define USDT_NOTE(provider, probe, semaphore, arguments)                       \
  "990: " USDT_NOP "\n"                                                        \
  ".pushsection .note.stapsdt,\"?\",\"note\"\n"                                \
  ".balign 4\n"                                                                \
  ".4byte 992f-991f, 994f-993f, 3\n"                                           \
  "991: .asciz \"stapsdt\"\n"                                                  \
  "992: .balign 4\n"                                                           \
  "993: .8byte 990b\n"                                                         \
  ".8byte _.stapsdt.base\n"                                                    \
  ".8byte " semaphore "\n"                                                     \
  ".asciz \"" provider "\"\n"                                                  \
  ".asciz \"" probe "\"\n"                                                     \
  ".asciz \"" arguments "\"\n"                                                 \
  "994: .balign 4\n"                                                           \
  ".popsection\n"                                                              \
  ".ifndef _.stapsdt.base\n"                                                   \
  ".pushsection .stapsdt.base,\"aG\",\"progbits\",.stapsdt.base,comdat\n"      \
  ".weak _.stapsdt.base\n"                                                     \
  ".hidden _.stapsdt.base\n"                                                   \
  "_.stapsdt.base: .space 1\n"                                                 \
  ".size _.stapsdt.base, 1\n"                                                  \
  ".popsection\n"                                                              \
  ".endif\n"

#endif
