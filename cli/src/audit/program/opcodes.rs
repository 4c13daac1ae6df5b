//! Finds instructions that call the kernel.

use iced_x86::{Code, Decoder, DecoderOptions};
use object::Architecture;

/// The places in a section of code where an instruction calls the kernel. `starts` are those of its functions, in order.
///
/// On x86 the bytes of such an instruction can also be part of another one; only where they occur at all is the function read
/// instruction by instruction from its beginning, which is exact for what a compiler wrote.
pub(super) fn kernel_calls(architecture: Architecture, code: &[u8], starts: &[u64]) -> Vec<u64> {
    if architecture == Architecture::Aarch64 {
        return (0_u64..)
            .step_by(4)
            .zip(code.chunks_exact(4))
            .filter(|(_, word)| is_supervisor_call(word))
            .map(|(at, _)| at)
            .collect();
    }
    let bits = if architecture == Architecture::I386 { 32 } else { 64 };
    let mut found = Vec::new();
    for (index, start) in starts.iter().enumerate() {
        let end = starts.get(index + 1).copied().unwrap_or(code.len() as u64);
        let Some(function) =
            usize::try_from(*start).ok().zip(usize::try_from(end).ok()).and_then(|(start, end)| code.get(start..end))
        else {
            continue;
        };
        if function.windows(2).any(|pair| matches!(pair, [0x0f, 0x05 | 0x34] | [0xcd, 0x80])) {
            let decoder = Decoder::with_ip(bits, function, *start, DecoderOptions::NONE);
            let calls = decoder.into_iter().filter(|instruction| match instruction.code() {
                Code::Syscall | Code::Sysenter => true,
                Code::Int_imm8 => instruction.immediate8() == 0x80,
                _ => false,
            });
            found.extend(calls.map(|instruction| instruction.ip()));
        }
    }
    found
}

/// `svc`, whatever its number.
fn is_supervisor_call(word: &[u8]) -> bool {
    let word = u32::from_le_bytes([word[0], word[1], word[2], word[3]]);
    word & 0xffe0_001f == 0xd400_0001
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_of_the_kernel_are_found_and_bytes_that_look_like_one_are_not() {
        let none: [u64; 0] = [];
        // mov eax, 39; syscall; ret
        assert_eq!(kernel_calls(Architecture::X86_64, &[0xb8, 39, 0, 0, 0, 0x0f, 0x05, 0xc3], &[0]), [5]);
        // mov eax, 0x0000050f; ret: the same two bytes as a number
        assert_eq!(kernel_calls(Architecture::X86_64, &[0xb8, 0x0f, 0x05, 0, 0, 0xc3], &[0]), none);
        // a function that ends, and int 0x80 in the next one
        assert_eq!(kernel_calls(Architecture::X86_64, &[0xc3, 0xcd, 0x80, 0xc3], &[0, 1]), [1]);
        // int3
        assert_eq!(kernel_calls(Architecture::X86_64, &[0xcc, 0xc3], &[0]), none);
        // svc #0; ret, and svc #0x80
        assert_eq!(kernel_calls(Architecture::Aarch64, &[1, 0, 0, 0xd4, 0xc0, 3, 0x5f, 0xd6, 1, 0x10, 0, 0xd4], &[0]), [0, 8]);
    }
}
