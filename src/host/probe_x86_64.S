/* Probes of memory that may not be there. Each has one instruction that may fault; signal.c knows its
 * address and continues at probe_failed, which answers 0. In assembly, so that no sanitizer and no
 * optimiser sees the access. */
    .text

    .macro function name
    .globl \name
    .hidden \name
    .type \name, @function
    .p2align 4
\name:
    .cfi_startproc
    .endm

    .macro end name
    .cfi_endproc
    .size \name, . - \name
    .endm

/* int probe_read(const void *address) */
    function probe_read
    .globl probe_read_at
    .hidden probe_read_at
probe_read_at:
    movb (%rdi), %al
    movl $1, %eax
    ret
    end probe_read

/* int probe_write(void *address): writes what is there, in one bus-locked step */
    function probe_write
    .globl probe_write_at
    .hidden probe_write_at
probe_write_at:
    lock orb $0, (%rdi)
    movl $1, %eax
    ret
    end probe_write

/* int probe_copy(void *to, const void *from, size_t bytes) */
    function probe_copy
    movq %rdx, %rcx
    .globl probe_copy_at
    .hidden probe_copy_at
probe_copy_at:
    rep movsb
    movl $1, %eax
    ret
    end probe_copy

    function probe_failed
    xorl %eax, %eax
    ret
    end probe_failed

    .section .note.GNU-stack, "", @progbits
