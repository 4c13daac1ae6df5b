//! The table: which functions of `std` and of C let their caller do what.
//!
//! What lets a program do something is told, not what is then done with it: opening a file, not reading from it; so a line is told once.
//!
//! A row about Rust is the beginning of a path as [`symbol::path`](super::symbol::path) writes it, whole segments of it; the longest row
//! that fits counts, so that a row can take something out of another. Paths are those where the items are defined, which is where
//! symbols have them: `std::net::TcpStream` is `std::net::tcp::TcpStream`.

use super::class::{
    CALLS_C, CALLS_THE_HOST, CALLS_THE_KERNEL, CHANGES_THE_ENVIRONMENT, CHANGES_THE_PROCESS, CONNECTS, LISTENS, LOADS_CODE,
    OPENS_FILES, Power, READS_FILES, READS_THE_ENVIRONMENT, STARTS_PROGRAMS, STARTS_THREADS, USES_THE_NETWORK, WRITES_FILES,
};

/// What a path in Rust stands for: `Some(None)` for what is known to be harmless, and need not be followed.
pub(crate) fn of_rust(path: &str) -> Option<Option<&'static Power>> {
    let fitting = RUST.iter().filter(|(row, _)| begins_with(path, row));
    fitting.max_by_key(|(row, _)| row.len()).map(|(_, power)| *power)
}

/// What a function that is not Rust stands for. What no row names is a call of C by itself; `None` for what the compiler calls.
pub(crate) fn of_c(name: &str) -> Option<&'static Power> {
    let bare = name.trim_start_matches('_');
    let bare = ["64_time64", "64", "_chk", "$INODE64"].iter().find_map(|suffix| bare.strip_suffix(suffix)).unwrap_or(bare);
    if HARMLESS.contains(&bare) || HARMLESS_BEGINNINGS.iter().any(|beginning| name.starts_with(beginning)) {
        return None;
    }
    C.iter().find(|(_, names)| names.contains(&bare)).map(|(power, _)| *power).or(Some(&CALLS_C))
}

/// Whether C has a function of this name that this table knows. Whoever defines another one stands in its place.
pub(crate) fn is_known_to_c(name: &str) -> bool {
    HARMLESS.contains(&name) || C.iter().any(|(_, names)| names.contains(&name))
}

fn begins_with(path: &str, row: &str) -> bool {
    path.strip_prefix(row)
        .is_some_and(|rest| rest.is_empty() || row.ends_with("::") || rest.starts_with("::") || rest.starts_with(" as "))
}

#[rustfmt::skip]
const RUST: &[(&str, Option<&Power>)] = &[
    // Files. What only describes, or works with a file that was opened, is taken out.
    ("std::fs::", Some(&READS_FILES)),
    ("std::fs::DirBuilder", None),
    ("std::fs::DirBuilder::_create", Some(&WRITES_FILES)),
    ("std::fs::DirBuilder::create", Some(&WRITES_FILES)),
    ("std::fs::DirEntry", None),
    ("std::fs::File", None),
    ("std::fs::File::create", Some(&WRITES_FILES)),
    ("std::fs::File::create_buffered", Some(&WRITES_FILES)),
    ("std::fs::File::create_new", Some(&WRITES_FILES)),
    ("std::fs::File::open", Some(&READS_FILES)),
    ("std::fs::File::open_buffered", Some(&READS_FILES)),
    ("std::fs::FileTimes", None),
    ("std::fs::FileType", None),
    ("std::fs::Metadata", None),
    ("std::fs::OpenOptions", None),
    ("std::fs::OpenOptions::_open", Some(&OPENS_FILES)),
    ("std::fs::OpenOptions::append", Some(&WRITES_FILES)),
    ("std::fs::OpenOptions::create", Some(&WRITES_FILES)),
    ("std::fs::OpenOptions::create_new", Some(&WRITES_FILES)),
    ("std::fs::OpenOptions::open", Some(&OPENS_FILES)),
    ("std::fs::OpenOptions::truncate", Some(&WRITES_FILES)),
    ("std::fs::OpenOptions::write", Some(&WRITES_FILES)),
    ("std::fs::Permissions", None),
    ("std::fs::ReadDir", None),
    ("std::fs::copy", Some(&WRITES_FILES)),
    ("std::fs::create_dir", Some(&WRITES_FILES)),
    ("std::fs::create_dir_all", Some(&WRITES_FILES)),
    ("std::fs::hard_link", Some(&WRITES_FILES)),
    ("std::fs::remove_dir", Some(&WRITES_FILES)),
    ("std::fs::remove_dir_all", Some(&WRITES_FILES)),
    ("std::fs::remove_file", Some(&WRITES_FILES)),
    ("std::fs::rename", Some(&WRITES_FILES)),
    ("std::fs::set_permissions", Some(&WRITES_FILES)),
    ("std::fs::set_permissions_nofollow", Some(&WRITES_FILES)),
    ("std::fs::set_times", Some(&WRITES_FILES)),
    ("std::fs::set_times_nofollow", Some(&WRITES_FILES)),
    ("std::fs::soft_link", Some(&WRITES_FILES)),
    ("std::fs::write", Some(&WRITES_FILES)),
    ("<std::fs::File as std::io::", None),
    ("<std::fs::File as std::os::", None),
    ("<std::fs::ReadDir as core::iter::", None),
    ("std::os::unix::fs::chown", Some(&WRITES_FILES)),
    ("std::os::unix::fs::chroot", Some(&CHANGES_THE_PROCESS)),
    ("std::os::unix::fs::fchown", Some(&WRITES_FILES)),
    ("std::os::unix::fs::lchown", Some(&WRITES_FILES)),
    ("std::os::unix::fs::mkfifo", Some(&WRITES_FILES)),
    ("std::os::unix::fs::symlink", Some(&WRITES_FILES)),
    ("std::os::windows::fs::symlink_dir", Some(&WRITES_FILES)),
    ("std::os::windows::fs::symlink_file", Some(&WRITES_FILES)),
    ("std::path::Path::canonicalize", Some(&READS_FILES)),
    ("std::path::Path::exists", Some(&READS_FILES)),
    ("std::path::Path::is_dir", Some(&READS_FILES)),
    ("std::path::Path::is_file", Some(&READS_FILES)),
    ("std::path::Path::is_symlink", Some(&READS_FILES)),
    ("std::path::Path::metadata", Some(&READS_FILES)),
    ("std::path::Path::read_dir", Some(&READS_FILES)),
    ("std::path::Path::read_link", Some(&READS_FILES)),
    ("std::path::Path::symlink_metadata", Some(&READS_FILES)),
    ("std::path::Path::try_exists", Some(&READS_FILES)),
    // What the generic code of `std` calls, compiled for a plugin.
    ("std::sys::fs::", Some(&OPENS_FILES)),
    ("<std::os::fd::owned::OwnedFd as core::ops::drop::Drop>", None),

    // The network. Addresses are values; only what turns a name into one asks somebody.
    ("<std::net::tcp::TcpStream as std::io::", None),
    ("<std::net::tcp::TcpStream as std::os::", None),
    ("<std::os::unix::net::datagram::UnixDatagram as core::fmt::", None),
    ("<std::os::unix::net::datagram::UnixDatagram as std::os::", None),
    ("<std::os::unix::net::listener::Incoming as core::iter::", None),
    ("<std::os::unix::net::listener::UnixListener as core::fmt::", None),
    ("<std::os::unix::net::stream::UnixStream as core::fmt::", None),
    ("<std::os::unix::net::stream::UnixStream as std::io::", None),
    ("<std::os::unix::net::stream::UnixStream as std::os::", None),
    ("std::net::socket_addr::lookup_host", Some(&USES_THE_NETWORK)),
    ("std::net::tcp::TcpListener", None),
    ("std::net::tcp::TcpListener::bind", Some(&LISTENS)),
    ("std::net::tcp::TcpStream", None),
    ("std::net::tcp::TcpStream::connect", Some(&CONNECTS)),
    ("std::net::tcp::TcpStream::connect_timeout", Some(&CONNECTS)),
    ("std::net::udp::UdpSocket", None),
    ("std::net::udp::UdpSocket::bind", Some(&USES_THE_NETWORK)),
    ("std::os::unix::net::ancillary::", None),
    ("std::os::unix::net::datagram::UnixDatagram", None),
    ("std::os::unix::net::datagram::UnixDatagram::bind", Some(&USES_THE_NETWORK)),
    ("std::os::unix::net::datagram::UnixDatagram::bind_addr", Some(&USES_THE_NETWORK)),
    ("std::os::unix::net::datagram::UnixDatagram::unbound", Some(&USES_THE_NETWORK)),
    ("std::os::unix::net::listener::UnixListener", None),
    ("std::os::unix::net::listener::UnixListener::bind", Some(&LISTENS)),
    ("std::os::unix::net::listener::UnixListener::bind_addr", Some(&LISTENS)),
    ("std::os::unix::net::stream::UnixStream", None),
    ("std::os::unix::net::stream::UnixStream::connect", Some(&CONNECTS)),
    ("std::os::unix::net::stream::UnixStream::connect_addr", Some(&CONNECTS)),
    ("std::sys::net::", Some(&USES_THE_NETWORK)),
    ("<(&str, u16) as std::net::socket_addr::ToSocketAddrs>", Some(&USES_THE_NETWORK)),
    ("<(alloc::string::String, u16) as std::net::socket_addr::ToSocketAddrs>", Some(&USES_THE_NETWORK)),
    ("<alloc::string::String as std::net::socket_addr::ToSocketAddrs>", Some(&USES_THE_NETWORK)),
    ("<str as std::net::socket_addr::ToSocketAddrs>", Some(&USES_THE_NETWORK)),

    // Other programs, and this one.
    ("<std::process::Child as std::os::unix::process::ChildExt>::send_signal", Some(&STARTS_PROGRAMS)),
    ("std::os::linux::process::PidFd", None),
    ("std::os::linux::process::PidFd::kill", Some(&STARTS_PROGRAMS)),
    ("<std::process::Command as std::os::unix::process::CommandExt>::exec", Some(&STARTS_PROGRAMS)),
    ("std::process::Child", None),
    ("std::process::Child::kill", Some(&STARTS_PROGRAMS)),
    ("std::process::Command", None),
    ("std::process::Command::output", Some(&STARTS_PROGRAMS)),
    ("std::process::Command::spawn", Some(&STARTS_PROGRAMS)),
    ("std::process::Command::status", Some(&STARTS_PROGRAMS)),
    ("std::process::ExitCode::exit_process", Some(&CHANGES_THE_PROCESS)),
    // Ends the program as an endless recursion would: what denies service is not what this table is about.
    ("std::process::abort", None),
    ("std::process::exit", Some(&CHANGES_THE_PROCESS)),
    ("std::sys::process::", Some(&STARTS_PROGRAMS)),
    ("std::alloc::set_alloc_error_hook", Some(&CHANGES_THE_PROCESS)),
    ("<std::io::stdio::Stderr as std::os::unix::io::StdioExt>", Some(&CHANGES_THE_PROCESS)),
    ("<std::io::stdio::StderrLock as std::os::unix::io::StdioExt>", Some(&CHANGES_THE_PROCESS)),
    ("<std::io::stdio::Stdin as std::os::unix::io::StdioExt>", Some(&CHANGES_THE_PROCESS)),
    ("<std::io::stdio::StdinLock as std::os::unix::io::StdioExt>", Some(&CHANGES_THE_PROCESS)),
    ("<std::io::stdio::Stdout as std::os::unix::io::StdioExt>", Some(&CHANGES_THE_PROCESS)),
    ("<std::io::stdio::StdoutLock as std::os::unix::io::StdioExt>", Some(&CHANGES_THE_PROCESS)),
    ("std::os::unix::io::replace_stdio_fd", Some(&CHANGES_THE_PROCESS)),
    ("std::panicking::set_hook", Some(&CHANGES_THE_PROCESS)),
    ("std::panicking::take_hook", Some(&CHANGES_THE_PROCESS)),
    ("std::panicking::update_hook", Some(&CHANGES_THE_PROCESS)),

    // The environment.
    ("std::env::args", Some(&READS_THE_ENVIRONMENT)),
    ("std::env::args_os", Some(&READS_THE_ENVIRONMENT)),
    ("std::env::_var", Some(&READS_THE_ENVIRONMENT)),
    ("std::env::_var_os", Some(&READS_THE_ENVIRONMENT)),
    ("std::env::current_dir", Some(&READS_THE_ENVIRONMENT)),
    ("std::env::current_exe", Some(&READS_THE_ENVIRONMENT)),
    ("std::env::home_dir", Some(&READS_THE_ENVIRONMENT)),
    ("std::env::remove_var", Some(&CHANGES_THE_ENVIRONMENT)),
    ("std::env::set_current_dir", Some(&CHANGES_THE_ENVIRONMENT)),
    ("std::env::set_var", Some(&CHANGES_THE_ENVIRONMENT)),
    ("std::env::temp_dir", Some(&READS_THE_ENVIRONMENT)),
    ("std::env::var", Some(&READS_THE_ENVIRONMENT)),
    ("std::env::var_os", Some(&READS_THE_ENVIRONMENT)),
    ("std::env::vars", Some(&READS_THE_ENVIRONMENT)),
    ("std::env::vars_os", Some(&READS_THE_ENVIRONMENT)),
    ("std::net::hostname::hostname", Some(&READS_THE_ENVIRONMENT)),
    ("std::path::absolute", Some(&READS_THE_ENVIRONMENT)),

    // Threads: starting one. To wait, to sleep and to ask for the present one is what any code may do.
    ("std::sys::thread::unix::Thread::new", Some(&STARTS_THREADS)),
    ("std::sys::thread::windows::Thread::new", Some(&STARTS_THREADS)),
    ("std::thread::builder::Builder::spawn", Some(&STARTS_THREADS)),
    ("std::thread::builder::Builder::spawn_scoped", Some(&STARTS_THREADS)),
    ("std::thread::builder::Builder::spawn_unchecked", Some(&STARTS_THREADS)),
    ("std::thread::functions::spawn", Some(&STARTS_THREADS)),
    ("std::thread::lifecycle::spawn_unchecked", Some(&STARTS_THREADS)),
    ("std::thread::scoped::Scope::spawn", Some(&STARTS_THREADS)),

    // The host's side of Keyway is built only for whoever turns its feature on, which a plugin can do.
    ("keyway::host::", Some(&CALLS_THE_HOST)),
];

#[rustfmt::skip]
const C: &[(&Power, &[&str])] = &[
    (&READS_FILES, &[
        "access", "eaccess", "euidaccess", "faccessat", "fgetxattr", "flistxattr", "fstat", "fstatat", "fstatfs", "fstatvfs", "ftw", "fts_open",
        "getdents", "getxattr", "glob", "inotify_add_watch", "inotify_init", "inotify_init1", "lgetxattr", "listxattr", "llistxattr",
        "lstat", "lxstat", "nftw", "opendir", "fdopendir", "pread", "preadv", "readdir", "readdir_r", "readlink", "readlinkat", "realpath",
        "canonicalize_file_name", "scandir", "stat", "statfs", "statvfs", "statx", "xstat", "fxstat", "fxstatat",
    ]),
    (&WRITES_FILES, &[
        "chmod", "chown", "copy_file_range", "creat", "fallocate", "fchmod", "fchmodat", "fchown", "fchownat", "fremovexattr", "fsetxattr",
        "ftruncate", "futimens", "futimes", "lchown", "link", "linkat", "lremovexattr", "lsetxattr", "mkdir", "mkdirat", "mkdtemp",
        "mkfifo", "mkfifoat", "mknod", "mknodat", "mkostemp", "mkstemp", "pwrite", "pwritev", "remove", "removexattr", "rename", "renameat",
        "renameat2", "rmdir", "setxattr", "symlink", "symlinkat", "tmpfile", "truncate", "unlink", "unlinkat", "utime", "utimensat",
        "utimes", "posix_fallocate",
    ]),
    (&OPENS_FILES, &["fdopen", "fopen", "freopen", "open", "openat", "openat2", "open_by_handle_at", "name_to_handle_at", "shm_open"]),
    (&CONNECTS, &["connect"]),
    (&LISTENS, &["accept", "accept4", "bind", "listen"]),
    (&USES_THE_NETWORK, &[
        "freeaddrinfo", "getaddrinfo", "gethostbyaddr", "gethostbyname", "gethostbyname_r", "getifaddrs", "getnameinfo", "getpeername",
        "getsockname", "getsockopt", "if_nametoindex", "recv", "recvfrom", "recvmmsg", "recvmsg", "res_query", "send", "sendmmsg",
        "sendmsg", "sendto", "setsockopt", "shutdown", "socket", "socketpair",
    ]),
    (&STARTS_PROGRAMS, &[
        "clone", "clone3", "execl", "execle", "execlp", "execv", "execve", "execveat", "execvp", "execvpe", "fexecve", "fork", "forkpty",
        "kill", "killpg", "pidfd_open", "pidfd_send_signal", "popen", "posix_spawn", "posix_spawnp", "process_vm_readv",
        "process_vm_writev", "ptrace", "system", "tgkill", "vfork", "wait", "wait4", "waitid", "waitpid",
    ]),
    (&CHANGES_THE_PROCESS, &[
        "Exit", "atexit", "chroot", "daemon", "dup2", "dup3", "exit", "mount", "pivot_root", "prctl", "quick_exit", "raise", "seccomp",
        "setegid", "seteuid", "setgid", "setgroups", "setns", "setpgid", "setregid", "setresgid", "setresuid", "setreuid", "setrlimit",
        "setsid", "setuid", "sigaction", "signal", "sigprocmask", "umask", "umount", "unshare",
    ]),
    (&READS_THE_ENVIRONMENT, &["environ", "getcwd", "getenv", "gethostname", "secure_getenv", "getpwnam", "getpwuid", "getpwuid_r", "uname"]),
    (&CHANGES_THE_ENVIRONMENT, &["chdir", "clearenv", "fchdir", "putenv", "setenv", "unsetenv"]),
    (&STARTS_THREADS, &["pthread_create", "thrd_create"]),
    (&LOADS_CODE, &["dlclose", "dlinfo", "dlmopen", "dlopen", "dlsym", "dlvsym", "dl_iterate_phdr", "memfd_create", "mmap", "mprotect", "mremap"]),
    (&CALLS_THE_KERNEL, &["syscall"]),
];

/// Names without leading underscores of what the compiler calls by itself, of memory, texts and numbers.
const HARMLESS: &[&str] = &[
    "abort",
    "acos",
    "asin",
    "atan",
    "atan2",
    "bcmp",
    "bzero",
    "calloc",
    "cbrt",
    "ceil",
    "cos",
    "cosh",
    "erf",
    "erfc",
    "exp",
    "exp2",
    "expm1",
    "fabs",
    "floor",
    "fma",
    "fmax",
    "fmin",
    "fmod",
    "frexp",
    "free",
    "hypot",
    "ldexp",
    "lgamma",
    "lgamma_r",
    "log",
    "log10",
    "log1p",
    "log2",
    "malloc",
    "memchr",
    "memcmp",
    "memcpy",
    "memmove",
    "memrchr",
    "memset",
    "modf",
    "posix_memalign",
    "aligned_alloc",
    "pow",
    "realloc",
    "rint",
    "round",
    "roundeven",
    "sin",
    "sincos",
    "sinh",
    "sqrt",
    "strlen",
    "strnlen",
    "tan",
    "tanh",
    "tgamma",
    "trunc",
    "acosf",
    "asinf",
    "atan2f",
    "atanf",
    "cbrtf",
    "ceilf",
    "cosf",
    "coshf",
    "exp2f",
    "expf",
    "fabsf",
    "floorf",
    "fmaf",
    "fmaxf",
    "fminf",
    "fmodf",
    "hypotf",
    "ldexpf",
    "log10f",
    "log1pf",
    "log2f",
    "logf",
    "powf",
    "rintf",
    "roundf",
    "sinf",
    "sinhf",
    "sqrtf",
    "tanf",
    "tanhf",
    "truncf",
    "errno_location",
    "error",
    "stack_chk_fail",
    "tls_get_addr",
    "GLOBAL_OFFSET_TABLE_",
    "dso_handle",
    "cxa_atexit",
    "cxa_thread_atexit_impl",
    "rust_eh_personality",
    "gxx_personality_v0",
];

/// What the compiler's own support and the unwinder are called.
const HARMLESS_BEGINNINGS: &[&str] = &["_Unwind_", "__Unwind_", "__rust_", "__rdl_", "__rg_", "DW.ref.", "llvm.", "anon.", ".L"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::class::Class;

    #[test]
    fn the_longest_row_counts_and_ends_with_a_segment() {
        for path in ["std::fs::read", "std::fs::read::inner", "std::fs::File::open", "std::path::Path::exists"] {
            assert_eq!(of_rust(path), Some(Some(&READS_FILES)), "{path}");
        }
        for path in ["std::fs::File::create_new", "std::fs::OpenOptions::write", "std::fs::write"] {
            assert_eq!(of_rust(path), Some(Some(&WRITES_FILES)), "{path}");
        }
        for path in ["std::fs::OpenOptions::read", "std::fs::Metadata::len", "<std::fs::File as std::io::Write>::write_all"] {
            assert_eq!(of_rust(path), Some(None), "{path}");
        }
        for path in ["std::fsx::read", "plugin::std::fs::read", "<std::fs::File as core::fmt::Debug>::fmt", "std::env::varnish"] {
            assert_eq!(of_rust(path), None, "{path}");
        }
        assert_eq!(of_rust("std::env::vars_os"), Some(Some(&READS_THE_ENVIRONMENT)));
    }

    #[test]
    fn no_row_stands_twice() {
        let mut seen = std::collections::BTreeSet::new();
        for (row, _) in RUST {
            assert!(seen.insert(row), "{row}");
        }
    }

    #[test]
    fn c_is_classed_by_name_whatever_its_variants_are_called() {
        assert_eq!(of_c("open64").map(|power| power.class), Some(Class::Fs));
        assert_eq!(of_c("__open_chk").map(|power| power.class), Some(Class::Fs));
        assert_eq!(of_c("environ").map(|power| power.class), Some(Class::Env));
        assert_eq!(of_c("__xstat64").map(|power| power.class), Some(Class::Fs));
        assert_eq!(of_c("syscall").map(|power| power.class), Some(Class::Syscalls));
        assert_eq!(of_c("nobody_knows_this").map(|power| power.class), Some(Class::Ffi));
        assert_eq!(of_c("memcpy"), None);
        assert_eq!(of_c("_Unwind_Resume"), None);
    }

    #[test]
    fn no_name_of_c_stands_twice() {
        let mut seen = std::collections::BTreeSet::new();
        for name in C.iter().flat_map(|(_, names)| *names).chain(HARMLESS) {
            assert!(seen.insert(name), "{name}");
        }
    }
}
