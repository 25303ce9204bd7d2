//! A participant of shared memory, made of docs/shared-memory.md and a crate that calls mmap.

use std::fmt::Display;
use std::fs::OpenOptions;
use std::str::FromStr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::{env, process};

const HEADER: usize = 64;
const INT64: u32 = 8;
const FLOAT64: u32 = 11;

macro_rules! fail {
    ($($sentence:tt)*) => {{ eprintln!($($sentence)*); process::exit(1) }};
}

/// What the commands need of a type of elements.
trait Element: Copy + Display + PartialEq + FromStr {
    const NAME: &str;
    const ZERO: Self;
    fn plus(self, other: Self) -> Self;
    fn negated(self) -> Self;
    /// This one and `times` steps.
    fn after(self, step: Self, times: usize) -> Self;
}

impl Element for i64 {
    const NAME: &str = "INT64";
    const ZERO: Self = 0;
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }
    fn negated(self) -> Self {
        self.wrapping_neg()
    }
    fn after(self, step: Self, times: usize) -> Self {
        self.wrapping_add(step.wrapping_mul(times as i64))
    }
}

impl Element for f64 {
    const NAME: &str = "FLOAT64";
    const ZERO: Self = 0.0;
    fn plus(self, other: Self) -> Self {
        self + other
    }
    fn negated(self) -> Self {
        -self
    }
    fn after(self, step: Self, times: usize) -> Self {
        self + times as f64 * step
    }
}

fn parse<T: Element>(word: &str) -> T {
    word.parse().unwrap_or_else(|_| fail!("Expected numbers of {}, but it is {word}", T::NAME))
}

/// What all elements of a type can do. No reference is made to what others write, as Rust would think that
/// nobody does: each element is read and written whole, through its address.
fn run<T: Element>(start: *mut T, length: usize, command: &str, index: usize, words: &[String]) {
    // SAFETY: the mapping is as long as its header says, stays, and is asked below its length only.
    let read = |i: usize| unsafe { start.add(i).read_volatile() };
    let write = |i: usize, value: T| unsafe { start.add(i).write_volatile(value) };
    match command {
        "sum" => println!("{}", (0..length).fold(T::ZERO, |sum, i| sum.plus(read(i)))),
        "negate" => (0..length).for_each(|i| write(i, read(i).negated())),
        "check" => {
            let (first, step): (T, T) = (parse(&words[0]), parse(&words[1]));
            for i in 0..length {
                let (element, expected) = (read(i), first.after(step, i));
                if element != expected {
                    fail!("Expected {expected} as element {i}, but it is {element}");
                }
            }
            println!("{length} elements are as expected");
        }
        "set" => write(index, parse(&words[1])),
        "get" => println!("{}", read(index)),
        _ => fail!("Expected elements of INT64 to add to, but they are of {}", T::NAME),
    }
}

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let ([path, command, words @ ..], true) = (&arguments[..], is_known(&arguments)) else {
        fail!("Expected PATH and a command with its numbers, but it is {}", arguments.join(" "))
    };
    let file = OpenOptions::new().read(true).write(true).open(path);
    let file = file.unwrap_or_else(|error| {
        fail!("Expected a segment at {path}, but it cannot be opened: {error}")
    });
    let size = file.metadata().map(|metadata| metadata.len() as usize).unwrap_or(0);
    if size < HEADER {
        fail!("Expected a header of 64 bytes, but the file has {size}");
    }
    // SAFETY: nobody changes the size of a segment, and nothing borrows what others write.
    let mapping = unsafe { memmap2::MmapOptions::new().len(size).map_raw(&file) };
    let mapping = mapping.unwrap_or_else(|error| {
        fail!("Expected a segment at {path}, but it cannot be mapped: {error}")
    });
    let start = mapping.as_mut_ptr();
    // SAFETY: all of these are in the header, at multiples of their size.
    let u32_at = |offset| unsafe { start.add(offset).cast::<u32>().read_volatile() };
    let u64_at = |offset| unsafe { start.add(offset).cast::<u64>().read_volatile() };
    let (version, kind, length, state) = (u32_at(8), u32_at(12), u64_at(16), u32_at(40));
    if u64_at(0) != u64::from_le_bytes(*b"POLYPROC") {
        fail!("Expected a segment, which begins with POLYPROC, but it is another file");
    }
    if version != 1 {
        fail!("Expected version 1, but it is {version}");
    }
    if kind != INT64 && kind != FLOAT64 {
        fail!("Expected elements of INT64 (8) or FLOAT64 (11), but their type is {kind}");
    }
    if size % 8 != 0 || ((size - HEADER) / 8) as u64 != length {
        fail!(
            "Expected {length} elements of 8 bytes after the header, but the file has {size} bytes"
        );
    }
    if state != 1 {
        fail!("Expected a segment that is in use (1), but its state is {state}");
    }
    let mut index = 0;
    if ["set", "get", "add"].contains(&command.as_str()) {
        index = words[0].parse().unwrap_or(usize::MAX);
        if index as u64 >= length {
            fail!("Expected an index below {length}, but it is {}", words[0]);
        }
    }
    let name = if kind == INT64 { i64::NAME } else { f64::NAME };
    // SAFETY: the elements follow the header, whose size is a multiple of theirs.
    let elements = unsafe { start.add(HEADER) };
    match (command.as_str(), kind) {
        ("describe", _) => println!(
            "{name}, {length} elements, state {state}, sequence {}, {} writers died",
            u64_at(32),
            u32_at(44)
        ),
        ("add", INT64) => {
            let (amount, times): (i64, i64) = (parse(&words[1]), parse(&words[2]));
            // SAFETY: the element is there, and others change it by atomic steps.
            let element = unsafe { AtomicI64::from_ptr(elements.cast::<i64>().add(index)) };
            (0..times).for_each(|_| drop(element.fetch_add(amount, Ordering::SeqCst)));
        }
        (command, INT64) => run(elements.cast::<i64>(), length as usize, command, index, words),
        (command, _) => run(elements.cast::<f64>(), length as usize, command, index, words),
    }
}

/// Whether there is a command, and as many numbers as it takes.
fn is_known(arguments: &[String]) -> bool {
    let numbers = match arguments.get(1).map_or("", String::as_str) {
        "describe" | "sum" | "negate" => 0,
        "get" => 1,
        "check" | "set" => 2,
        "add" => 3,
        _ => return false,
    };
    arguments.len() == 2 + numbers
}
