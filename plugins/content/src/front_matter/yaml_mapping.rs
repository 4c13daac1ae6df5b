//! Reads YAML front matter from the parser's events, so that nothing is built that the text does not spell out.

use saphyr_parser::{Event, Parser};

use super::{Entry, Parsed, Problem, SERVED_WITHOUT, Value};

pub(super) fn parse(block: &str) -> Parsed {
    let mut reader = Reader::default();
    for event in Parser::new_from_str(block) {
        let (event, span) = event.map_err(|error| Problem::new(error.marker().line(), error.info(), SERVED_WITHOUT))?;
        reader.take(&event, span.start.line())?;
    }
    Ok(reader.entries)
}

#[derive(Default)]
struct Reader {
    entries: Vec<Entry>,
    /// How many mappings and sequences are open.
    depth: usize,
    /// The key, with its line, whose value comes next.
    key: Option<(String, usize)>,
    /// The value of the key, while its sequence or mapping is open.
    open: Option<Value>,
}

impl Reader {
    fn take(&mut self, event: &Event<'_>, line: usize) -> Result<(), Problem> {
        match event {
            Event::Alias(_) => {
                return Err(Problem::new(line, "an alias (`*name`) is not taken in front matter", SERVED_WITHOUT));
            }
            Event::Scalar(text, ..) => self.scalar(text, line)?,
            Event::MappingStart(..) => self.begin(Value::Nested, line)?,
            Event::SequenceStart(..) => self.begin(Value::List(Vec::new()), line)?,
            Event::MappingEnd | Event::SequenceEnd => {
                self.depth -= 1;
                if self.depth == 1
                    && let Some(value) = self.open.take()
                {
                    self.finish(value);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn scalar(&mut self, text: &str, line: usize) -> Result<(), Problem> {
        match (self.depth, &mut self.open, &self.key) {
            (0, ..) if text.is_empty() || text == "~" => {}
            (0, ..) => return Err(no_mapping(line)),
            (1, _, None) => self.key = Some((text.to_owned(), line)),
            (1, _, Some(_)) => self.finish(Value::Text(text.to_owned())),
            (2, Some(Value::List(items)), _) => items.push(text.to_owned()),
            _ => {}
        }
        Ok(())
    }

    fn begin(&mut self, value: Value, line: usize) -> Result<(), Problem> {
        match (self.depth, &value, &self.key) {
            (0, Value::Nested, _) => {}
            (0, ..) => return Err(no_mapping(line)),
            (1, _, None) => return Err(Problem::new(line, "a key is no plain text", SERVED_WITHOUT)),
            (1, ..) => self.open = Some(value),
            _ => self.open = Some(Value::Nested),
        }
        self.depth += 1;
        Ok(())
    }

    fn finish(&mut self, value: Value) {
        if let Some((key, line)) = self.key.take() {
            self.entries.push(Entry { key, value, line });
        }
    }
}

fn no_mapping(line: usize) -> Problem {
    Problem::new(line, "it is no list of `key: value` lines", SERVED_WITHOUT)
}
