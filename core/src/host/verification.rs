//! What a host says of one library that it was asked about, question by question.

use std::fmt;
use std::path::PathBuf;

use keyway_manifest::Descriptor;
use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::failure::Problem;
use super::library::LibraryInfo;

/// What is asked of a library before a host takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Question {
    /// Whether it can be read and is a library of a plugin, and whether other users may write to it.
    File,
    /// Whether it has the digest that stands in `SHA256SUMS` beside it, and the plugin.toml there is the one in it.
    Checksum,
    /// Whether it is signed as the policy asks for, and not older than a signed version that ran before.
    Signature,
    /// Whether it was built so that it can be called: compiler, target, version of keyway, points and types.
    Gate,
    /// Whether its plugin fits to the others of the host.
    Graph,
    /// Whether the policy grants what its plugin needs, and takes libraries at all.
    Policy,
    /// Whether it was approved in the lock that the program was built with.
    Lock,
    /// Whether the host would start but for the library. Asked only when it would not.
    Host,
}

impl Question {
    /// Those that are asked of each library, in the order in which they are answered.
    pub const ALL: [Self; 7] = [Self::File, Self::Checksum, Self::Signature, Self::Gate, Self::Graph, Self::Policy, Self::Lock];

    /// Its name in one word, for example `checksum`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Checksum => "checksum",
            Self::Signature => "signature",
            Self::Gate => "gate",
            Self::Graph => "graph",
            Self::Policy => "policy",
            Self::Lock => "lock",
            Self::Host => "host",
        }
    }
}

impl fmt::Display for Question {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The answer to one question about a library.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// Nothing is wrong; the phrase says what that rests on, such as `signed by Acme`.
    Yes(String),
    /// All that is wrong.
    No(Vec<Problem>),
    /// It was not come to: so little is known of the library that nothing could be compared.
    Open,
}

/// What a host says of one library, which it has not loaded.
///
/// It is serialised as `cargo keyway verify` reads it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Verification {
    /// The library, as it was named.
    pub file: PathBuf,
    /// Its plugin; `None` when it does not say which.
    pub plugin: Option<&'static Descriptor>,
    /// Its file, digest and publisher; `None` when it could not be read.
    pub library: Option<LibraryInfo>,
    /// The level at which its plugin would start; `None` for one that is not taken.
    pub level: Option<u16>,
    /// The questions with their answers, in the order of [`Question::ALL`].
    pub answers: Vec<(Question, Answer)>,
    /// What an operator should know beside that.
    pub notes: Vec<String>,
}

impl Verification {
    /// Whether the host would take the library.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        self.answers.iter().all(|(_, answer)| matches!(answer, Answer::Yes(_)))
    }

    /// The answer to one question; `None` where it was not asked.
    #[must_use]
    pub fn answer(&self, question: Question) -> Option<&Answer> {
        self.answers.iter().find(|(asked, _)| *asked == question).map(|(_, answer)| answer)
    }

    /// All that is wrong.
    pub fn problems(&self) -> impl Iterator<Item = &Problem> {
        self.answers.iter().flat_map(|(_, answer)| if let Answer::No(problems) = answer { problems.as_slice() } else { &[] })
    }

    /// A library of which nothing is known but why it is not taken.
    pub(super) fn of_problems(file: PathBuf, problems: Vec<(Question, Problem)>) -> Self {
        Self { file, plugin: None, library: None, level: None, answers: answers(Vec::new(), problems), notes: Vec::new() }
    }
}

/// The answers to all questions, from what is well and what is wrong.
pub(super) fn answers(well: Vec<(Question, String)>, mut wrong: Vec<(Question, Problem)>) -> Vec<(Question, Answer)> {
    let mut well = well;
    let mut answer = |question| {
        let problems: Vec<Problem> = wrong.extract_if(.., |(about, _)| *about == question).map(|(_, problem)| problem).collect();
        let said = well.iter().position(|(about, _)| *about == question).map(|place| well.swap_remove(place).1);
        match said {
            _ if !problems.is_empty() => Answer::No(problems),
            Some(said) => Answer::Yes(said),
            None => Answer::Open,
        }
    };
    let mut answers: Vec<_> = Question::ALL.into_iter().map(|question| (question, answer(question))).collect();
    match answer(Question::Host) {
        Answer::Open => {}
        told => answers.push((Question::Host, told)),
    }
    answers
}

impl Serialize for Verification {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Verification", 9)?;
        object.serialize_field("file", &self.file.to_string_lossy())?;
        object.serialize_field("taken", &self.is_taken())?;
        object.serialize_field("plugin", &self.plugin.map(|plugin| plugin.id.as_str()))?;
        object.serialize_field("version", &self.plugin.map(|plugin| plugin.version.to_string()))?;
        object.serialize_field("digest", &self.library.as_ref().map(|library| &library.digest))?;
        object.serialize_field("publisher", &self.library.as_ref().and_then(|library| library.publisher.as_ref()))?;
        object.serialize_field("level", &self.level)?;
        object.serialize_field(
            "answers",
            &self.answers.iter().map(|(question, answer)| Told(*question, answer)).collect::<Vec<_>>(),
        )?;
        object.serialize_field("notes", &self.notes)?;
        object.end()
    }
}

/// A question with its answer.
struct Told<'a>(Question, &'a Answer);

impl Serialize for Told<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(question, answer) = self;
        let (word, said, problems) = match answer {
            Answer::Yes(said) => ("yes", Some(said), [].as_slice()),
            Answer::No(problems) => ("no", None, problems.as_slice()),
            Answer::Open => ("open", None, [].as_slice()),
        };
        let mut object = serializer.serialize_struct("Answer", 4)?;
        object.serialize_field("question", question.as_str())?;
        object.serialize_field("answer", word)?;
        object.serialize_field("said", &said)?;
        object.serialize_field("problems", &problems.iter().map(TellProblem).collect::<Vec<_>>())?;
        object.end()
    }
}

/// A problem in its parts.
struct TellProblem<'a>(&'a Problem);

impl Serialize for TellProblem<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Problem { code, message, place, help } = self.0;
        let place = place.as_ref().map(|place| place.to_string()).unwrap_or_default();
        let mut object = serializer.serialize_struct("Problem", 3)?;
        object.serialize_field("code", code)?;
        object.serialize_field("message", &format!("{message}{place}"))?;
        object.serialize_field("help", help)?;
        object.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(code: &'static str) -> Problem {
        Problem::new(code, "is wrong", "mend it")
    }

    #[test]
    fn a_library_is_taken_when_every_question_is_answered_with_yes() {
        let well: Vec<_> = Question::ALL.map(|question| (question, format!("{question} is well"))).into();
        let of = |well: &[(Question, String)], wrong| Verification {
            answers: answers(well.to_vec(), wrong),
            ..Verification::of_problems(PathBuf::from("libclock.so"), Vec::new())
        };
        let taken = of(&well, Vec::new());
        assert!(taken.is_taken() && taken.problems().next().is_none());
        assert_eq!(taken.answers.iter().map(|(question, _)| *question).collect::<Vec<_>>(), Question::ALL);
        assert_eq!(taken.answer(Question::Gate), Some(&Answer::Yes("gate is well".to_owned())));
        assert!(!of(&well[1..], Vec::new()).is_taken(), "what was not come to is no yes");
        for question in [Question::Lock, Question::Host] {
            let refused = of(&well, vec![(question, problem("KW0001")), (question, problem("KW0002"))]);
            assert!(!refused.is_taken());
            assert_eq!(refused.answer(question), Some(&Answer::No(vec![problem("KW0001"), problem("KW0002")])));
            assert_eq!(refused.problems().count(), 2);
        }
    }

    #[test]
    fn it_is_told_with_its_problems_in_parts() {
        let refused = Verification::of_problems(PathBuf::from("libclock.so"), vec![(Question::File, problem("KW0756"))]);
        let told = serde_json::to_value(&refused).unwrap();
        assert_eq!((&told["taken"], &told["plugin"]), (&false.into(), &serde_json::Value::Null));
        assert_eq!(
            told["answers"][0],
            serde_json::json!({"question": "file", "answer": "no", "said": null, "problems": [
                {"code": "KW0756", "message": "is wrong", "help": "mend it"}
            ]})
        );
        assert_eq!(told["answers"][1]["answer"], "open");
        assert_eq!(told["answers"].as_array().unwrap().len(), Question::ALL.len());
    }
}
