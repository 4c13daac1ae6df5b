//! What is refused in a library's audit, and what each function that it binds is a sign of.

use std::fmt;

use super::Audit;

/// Something that no library may have, whatever the policy says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// It offers functions that the C library, the loader or the unwinder has: others would bind them instead.
    Interposes {
        /// The names, sorted.
        names: Vec<String>,
    },
    /// The stacks of the whole program would become executable.
    ExecutableStack,
    /// Parts of it could be written and executed.
    WritableCode {
        /// How many.
        segments: usize,
    },
    /// Its code would be changed while it is loaded.
    TextRelocations,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interposes { names } => write!(
                formatter,
                "KW0742 the library offers functions that the program has itself: {}\n  help: a plugin must not replace functions of the C library, the \
                 loader or the unwinder; remove the `#[no_mangle]` functions of these names, or the C code that is linked in",
                quoted(names)
            ),
            Self::ExecutableStack => formatter.write_str(
                "KW0743 the library asks for an executable stack, and all stacks of the program would become executable\n  help: code in assembler \
                 must end with `.section .note.GNU-stack,\"\",@progbits`; or link with `-z noexecstack`",
            ),
            Self::WritableCode { segments } => write!(
                formatter,
                "KW0743 {segments} parts of the library could be written and executed\n  help: link without `-N`/`--omagic` and without a linker \
                 script that puts code and data together"
            ),
            Self::TextRelocations => formatter.write_str(
                "KW0743 the library's code would have to be changed while it is loaded (text relocations)\n  help: compile the C or assembler code \
                 that is linked in with `-fPIC`",
            ),
        }
    }
}

impl std::error::Error for Finding {}

/// Functions that a library binds and that the manifest does not declare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undeclared {
    /// What they do, as a phrase that completes "the library can …".
    pub what: &'static str,
    /// The permissions of which any one would declare them; empty for what no permission allows.
    pub permissions: &'static [&'static str],
    /// The functions, sorted.
    pub functions: Vec<String>,
}

impl fmt::Display for Undeclared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "KW0744 the library can {} ({})", self.what, quoted(&self.functions))?;
        if self.permissions.is_empty() {
            write!(formatter, ", which no permission allows\n  help: leave it out, or ask the host to offer it")
        } else {
            let permissions = self.permissions.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ");
            write!(
                formatter,
                ", and its manifest does not ask for {permissions}\n  help: go through the context (`ctx.http()`, `ctx.files()`, …), which declares and \
                 counts each use; or ask for the permission in plugin.toml"
            )
        }
    }
}

impl std::error::Error for Undeclared {}

fn quoted(names: &[String]) -> String {
    const SHOWN: usize = 6;
    let mut text = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        text.push_str(&format!(" and {} more", names.len() - SHOWN));
    }
    text
}

impl Audit {
    /// What is refused whatever the policy says: all of it, or nothing.
    #[must_use]
    pub fn forbidden(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let names: Vec<_> = self.exports.iter().filter(|name| belongs_to_the_program(name)).cloned().collect();
        if !names.is_empty() {
            findings.push(Finding::Interposes { names });
        }
        if self.executable_stack {
            findings.push(Finding::ExecutableStack);
        }
        if self.writable_code > 0 {
            findings.push(Finding::WritableCode { segments: self.writable_code });
        }
        if self.text_relocations {
            findings.push(Finding::TextRelocations);
        }
        findings
    }

    /// What the library can do and what none of `permissions` declares, by the names of the functions that it binds.
    ///
    /// `permissions` are those that the manifest asks for, by name: `network.client`. What this cannot see is said at the top of
    /// the module.
    #[must_use]
    pub fn undeclared<'name>(&self, permissions: impl IntoIterator<Item = &'name str>) -> Vec<Undeclared> {
        let asked: Vec<_> = permissions.into_iter().collect();
        let mut undeclared = Vec::new();
        for class in CLASSES {
            if class.permissions.iter().any(|permission| asked.contains(permission)) {
                continue;
            }
            let functions: Vec<_> = self.imports.iter().filter(|name| class.functions.contains(&plain(name))).cloned().collect();
            if !functions.is_empty() {
                undeclared.push(Undeclared { what: class.what, permissions: class.permissions, functions });
            }
        }
        undeclared
    }
}

/// The name without the marks of its large-file and cancellation-free twins: `__open64_2` and `unlinkat64` are as good as the plain names.
fn plain(name: &str) -> &str {
    let name = name.strip_prefix("__libc_").or_else(|| name.strip_prefix("__")).unwrap_or(name);
    name.strip_suffix("64").unwrap_or(name)
}

fn belongs_to_the_program(name: &str) -> bool {
    const FAMILIES: &[&str] = &["pthread_", "_Unwind_", "__cxa_", "_dl_", "__libc_", "__pthread_"];
    const FUNCTIONS: &[&str] = &[
        "aligned_alloc",
        "calloc",
        "free",
        "malloc",
        "malloc_usable_size",
        "memalign",
        "posix_memalign",
        "realloc",
        "reallocarray",
        "valloc",
        "mmap",
        "munmap",
        "mprotect",
        "bcmp",
        "memchr",
        "memcmp",
        "memcpy",
        "memmove",
        "memset",
        "strcmp",
        "strcpy",
        "strlen",
        "strncmp",
        "open",
        "openat",
        "read",
        "write",
        "close",
        "readv",
        "writev",
        "pread",
        "pwrite",
        "fstat",
        "lseek",
        "socket",
        "connect",
        "bind",
        "accept",
        "accept4",
        "listen",
        "recv",
        "recvfrom",
        "recvmsg",
        "send",
        "sendmsg",
        "sendto",
        "poll",
        "epoll_wait",
        "getaddrinfo",
        "fork",
        "execve",
        "posix_spawn",
        "getenv",
        "setenv",
        "abort",
        "exit",
        "_exit",
        "atexit",
        "dlopen",
        "dlsym",
        "dlclose",
        "dl_iterate_phdr",
        "sigaction",
        "signal",
        "raise",
        "kill",
        "clock_gettime",
        "nanosleep",
        "getrandom",
        "syscall",
        "main",
        "__errno_location",
        "__tls_get_addr",
    ];
    FAMILIES.iter().any(|family| name.starts_with(family))
        || FUNCTIONS.contains(&name)
        || FUNCTIONS.contains(&name.strip_suffix("64").unwrap_or(name))
}

/// Functions that do one kind of thing.
struct Class {
    what: &'static str,
    permissions: &'static [&'static str],
    functions: &'static [&'static str],
}

/// What each Rust library binds already is not in here: `open64`, `read`, `write`, `stat64`, `getenv`, `mmap64`, `syscall`, `dlsym`, and what
/// starting a thread takes.
const CLASSES: &[Class] = &[
    Class {
        what: "connect to other programs",
        permissions: &["network.client", "network.server"],
        functions: &[
            "socket",
            "connect",
            "getaddrinfo",
            "gethostbyname",
            "gethostbyname_r",
            "getaddrinfo_a",
            "res_query",
            "res_init",
            "sendto",
            "sendmmsg",
            "recvfrom",
            "recvmmsg",
        ],
    },
    Class { what: "take connections", permissions: &["network.server"], functions: &["bind", "listen", "accept", "accept4"] },
    Class {
        what: "start programs",
        permissions: &["process.execute"],
        functions: &[
            "fork",
            "vfork",
            "_Fork",
            "clone",
            "clone3",
            "execl",
            "execle",
            "execlp",
            "execv",
            "execve",
            "execveat",
            "execvp",
            "execvpe",
            "fexecve",
            "posix_spawn",
            "posix_spawnp",
            "pidfd_spawn",
            "pidfd_spawnp",
            "popen",
            "system",
            "wordexp",
        ],
    },
    Class {
        what: "create, change or delete files",
        permissions: &["filesystem.write", "storage.keys"],
        functions: &[
            "creat",
            "unlink",
            "unlinkat",
            "remove",
            "rename",
            "renameat",
            "renameat2",
            "mkdir",
            "mkdirat",
            "rmdir",
            "link",
            "linkat",
            "symlink",
            "symlinkat",
            "truncate",
            "ftruncate",
            "chmod",
            "fchmod",
            "fchmodat",
            "chown",
            "fchown",
            "lchown",
            "fchownat",
            "mknod",
            "mknodat",
            "mkfifo",
            "mkstemp",
            "mkostemp",
            "mkdtemp",
            "utimensat",
            "futimens",
            "fallocate",
            "posix_fallocate",
            "copy_file_range",
            "setxattr",
            "fsetxattr",
            "lsetxattr",
        ],
    },
    Class {
        what: "list folders",
        permissions: &["filesystem.read", "filesystem.write"],
        functions: &["opendir", "fdopendir", "readdir", "readdir_r", "scandir", "nftw", "ftw", "glob", "getdents"],
    },
    Class {
        what: "change the folder or the user of the whole program, or end other programs",
        // `std::process::Command` binds these, to call them in the child.
        permissions: &["process.execute"],
        functions: &["chdir", "fchdir", "chroot", "setuid", "setgid", "setgroups", "kill", "killpg", "pidfd_send_signal"],
    },
    Class {
        what: "change the environment or the rights of the whole program",
        permissions: &[],
        functions: &[
            "setenv",
            "unsetenv",
            "putenv",
            "clearenv",
            "seteuid",
            "setegid",
            "setreuid",
            "setregid",
            "setresuid",
            "setresgid",
            "capset",
            "setrlimit",
            "prlimit",
            "umask",
            "unshare",
            "setns",
            "mount",
            "umount2",
            "pivot_root",
            "prctl",
        ],
    },
    Class {
        what: "load further code",
        permissions: &[],
        functions: &["dlopen", "dlmopen", "init_module", "finit_module", "kexec_load"],
    },
    Class {
        what: "look into other programs, or restart the machine",
        permissions: &[],
        functions: &["ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "tgkill", "reboot"],
    },
];

#[cfg(test)]
mod tests {
    use keyway_manifest::PermissionSpec;

    use super::*;

    /// What a Rust library binds that catches panics, allocates, locks, prints and starts threads (measured with 1.95 on Linux).
    const PLAIN: &str = "_Unwind_Backtrace _Unwind_RaiseException _Unwind_Resume __cxa_finalize __cxa_thread_atexit_impl __errno_location __gmon_start__ \
        __tls_get_addr __xpg_strerror_r abort bcmp calloc clock_gettime close dl_iterate_phdr dlsym free fstat64 getauxval getcwd getenv getrandom gettid \
        lseek64 malloc memcpy memmove memset mmap64 mprotect munmap open64 pause poll posix_memalign pthread_attr_init pthread_create pthread_detach \
        pthread_getattr_np pthread_key_create pthread_self pthread_setname_np pthread_setspecific read readlink realloc realpath sigaltstack stat64 statx \
        strlen syscall sysconf write writev";

    fn imports(names: &str) -> Audit {
        Audit { imports: names.split_whitespace().map(str::to_owned).collect(), ..Audit::default() }
    }

    #[test]
    fn a_library_that_binds_what_all_bind_needs_no_permission() {
        assert_eq!(imports(PLAIN).undeclared([]), []);
    }

    #[test]
    fn a_socket_needs_a_permission_and_the_text_names_it() {
        let audit = imports("connect getaddrinfo malloc socket");
        let undeclared = audit.undeclared(["filesystem.read"]);
        assert_eq!(
            undeclared.iter().map(ToString::to_string).collect::<Vec<_>>(),
            [
                "KW0744 the library can connect to other programs (`connect`, `getaddrinfo`, `socket`), and its manifest does not ask for `network.client` or \
              `network.server`\n  help: go through the context (`ctx.http()`, `ctx.files()`, …), which declares and counts each use; or ask for the permission \
              in plugin.toml"
            ]
        );
        assert_eq!(audit.undeclared(["network.client"]), []);
    }

    #[test]
    fn what_concerns_the_whole_program_no_permission_allows() {
        let undeclared = imports("setenv").undeclared(["env.read", "process.execute"]);
        assert_eq!(undeclared.len(), 1);
        assert!(undeclared[0].to_string().contains("which no permission allows"), "{}", undeclared[0]);
    }

    #[test]
    fn twins_of_a_function_are_as_good_as_the_function() {
        for name in ["ftruncate64", "__libc_fork", "__connect", "fallocate64"] {
            assert_eq!(imports(name).undeclared([]).len(), 1, "{name}");
        }
    }

    #[test]
    fn every_permission_of_a_class_is_one_that_a_manifest_can_ask_for() {
        for permission in CLASSES.iter().flat_map(|class| class.permissions) {
            assert!(PermissionSpec::find(permission).is_some(), "{permission}");
        }
    }

    #[test]
    fn every_function_is_written_as_it_is_looked_up() {
        for function in CLASSES.iter().flat_map(|class| class.functions) {
            assert!(CLASSES.iter().any(|class| class.functions.contains(&plain(function))), "{function} is never found");
        }
    }

    #[test]
    fn what_the_program_has_itself_is_not_offered() {
        let audit = Audit {
            exports: ["KEYWAY_PLUGIN_V1", "free", "malloc", "open64", "pthread_mutex_lock"].map(str::to_owned).into(),
            ..Audit::default()
        };
        assert_eq!(
            audit.forbidden().iter().map(ToString::to_string).collect::<Vec<_>>(),
            [
                "KW0742 the library offers functions that the program has itself: `free`, `malloc`, `open64`, `pthread_mutex_lock`\n  help: a plugin must not replace \
              functions of the C library, the loader or the unwinder; remove the `#[no_mangle]` functions of these names, or the C code that is linked in"
            ]
        );
    }
}
