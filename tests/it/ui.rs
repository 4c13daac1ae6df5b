//! Compile errors: every file of `tests/ui/fail` is refused with the text beside it, every file of `tests/ui/pass` compiles and runs.

use crate::workspace;

#[test]
fn compile_errors_say_what_their_files_say() {
    if !workspace::is_pinned_compiler("the texts of compile errors differ between versions") {
        return;
    }
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/fail/*.rs");
    cases.pass("ui/pass/*.rs");
}
