// A participant of shared memory, made of docs/shared-memory.md and the standard library.
package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"unsafe"
)

const header, int64s, float64s = 64, 8, 11

var numbers = map[string]int{"describe": 0, "sum": 0, "negate": 0, "check": 2, "set": 2, "get": 1, "add": 3}

func fail(expected, but string, values ...any) {
	fmt.Fprintf(os.Stderr, "Expected "+expected+", but "+but+"\n", values...)
	os.Exit(1)
}

func mapSegment(path string) []byte {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		fail("a segment at %s", "it cannot be opened: %v", path, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err == nil && info.Size() < header {
		fail("a header of 64 bytes", "the file has %d", info.Size())
	}
	if err == nil {
		var memory []byte
		memory, err = syscall.Mmap(int(file.Fd()), 0, int(info.Size()),
			syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
		if err == nil {
			return memory
		}
	}
	fail("a segment at %s", "it cannot be mapped: %v", path, err)
	return nil
}

func main() {
	if len(os.Args) < 3 {
		fail("PATH and a command with its numbers", "it is %s", strings.Join(os.Args[1:], " "))
	}
	command, words := os.Args[2], os.Args[3:]
	if count, known := numbers[command]; !known || count != len(words) {
		fail("PATH and a command with its numbers", "it is %s", strings.Join(os.Args[1:], " "))
	}
	memory := mapSegment(os.Args[1])
	u32, u64 := binary.LittleEndian.Uint32, binary.LittleEndian.Uint64
	version, kind, length, state := u32(memory[8:]), u32(memory[12:]), u64(memory[16:]), u32(memory[40:])
	size := uint64(len(memory))
	switch {
	case string(memory[:8]) != "POLYPROC":
		fail("a segment, which begins with POLYPROC", "it is another file")
	case version != 1:
		fail("version 1", "it is %d", version)
	case kind != int64s && kind != float64s:
		fail("elements of INT64 (8) or FLOAT64 (11)", "their type is %d", kind)
	case size%8 != 0 || (size-header)/8 != length:
		fail("%d elements of 8 bytes after the header", "the file has %d bytes", length, size)
	case state != 1:
		fail("a segment that is in use (1)", "its state is %d", state)
	}
	name := map[uint32]string{int64s: "INT64", float64s: "FLOAT64"}[kind]
	index := uint64(0)
	if command == "get" || command == "set" || command == "add" {
		var err error
		if index, err = strconv.ParseUint(words[0], 10, 64); err != nil || index >= length {
			fail("an index below %d", "it is %s", length, words[0])
		}
	}
	start := unsafe.Add(unsafe.Pointer(unsafe.SliceData(memory)), header)
	switch {
	case command == "describe":
		fmt.Printf("%s, %d elements, state %d, sequence %d, %d writers died\n",
			name, length, state, u64(memory[32:]), u32(memory[44:]))
	case command == "add" && kind != int64s:
		fail("elements of INT64 to add to", "they are of %s", name)
	case command == "add":
		amount, times := parse(words[1], name, parseInt), parse(words[2], name, parseInt)
		for element := (*int64)(unsafe.Add(start, 8*index)); times > 0; times-- {
			atomic.AddInt64(element, amount)
		}
	case kind == int64s:
		run(unsafe.Slice((*int64)(start), length), command, index, words, name, parseInt)
	default:
		run(unsafe.Slice((*float64)(start), length), command, index, words, name, parseFloat)
	}
}

func parseInt(word string) (int64, error)     { return strconv.ParseInt(word, 10, 64) }
func parseFloat(word string) (float64, error) { return strconv.ParseFloat(word, 64) }

func parse[T any](word, name string, parser func(string) (T, error)) T {
	number, err := parser(word)
	if err != nil {
		fail("numbers of %s", "it is %s", name, word)
	}
	return number
}

func run[T int64 | float64](elements []T, command string, index uint64, words []string, name string,
	parser func(string) (T, error)) {
	switch command {
	case "sum":
		var sum T
		for _, element := range elements {
			sum += element
		}
		fmt.Println(sum)
	case "negate":
		for i := range elements {
			elements[i] = -elements[i]
		}
	case "check":
		first, step := parse(words[0], name, parser), parse(words[1], name, parser)
		for i, element := range elements {
			if expected := first + T(i)*step; element != expected {
				fail("%v as element %d", "it is %v", expected, i, element)
			}
		}
		fmt.Println(len(elements), "elements are as expected")
	case "set":
		elements[index] = parse(words[1], name, parser)
	case "get":
		fmt.Println(elements[index])
	}
}
