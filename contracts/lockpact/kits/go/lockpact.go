// Package lockpact makes an adapter of a type, so that `lockpact check VENDOR --adapter-command ./adapter` drives a Go client.
//
//	package main
//
//	import "example/lockpact"
//
//	type Adapter struct{ bridge *nuki.Bridge }
//
//	func (a *Adapter) LockState(lock int) (map[string]any, error) { … }
//
//	func main() {
//		lockpact.Serve(func(c lockpact.Connection) (*Adapter, error) {
//			return &Adapter{nuki.New(c.URL, c.Credential("token"))}, nil
//		})
//	}
//
// The methods, and what they get and return, are those of the vendor's port: `lockpact port VENDOR`. The port's lock_state is
// LockState here. A method takes the port's arguments, each of a type that encoding/json reads them into, and returns a result,
// an error, or both. To report one of the port's errors, return lockpact.Error{Name: "Unavailable", Text: "why"}. What the package
// log prints, and what the client writes to os.Stdout and os.Stderr, is judged as the client's log.
//
// It needs Go 1.18 or newer and the standard library alone. Each call runs in a goroutine of its own, on the machine's clock.
package lockpact

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"reflect"
	"strings"
	"sync"
	"unicode"
)

const protocol = 1

// Connection says where the vendor is, and which credentials the client has.
type Connection struct {
	URL         string                     `json:"url"`
	Host        string                     `json:"host"`
	Port        int                        `json:"port"`
	Credentials map[string]json.RawMessage `json:"credentials"`
	CallbackURL string                     `json:"callback_url"`
	Servers     map[string]string          `json:"servers"`
	Objects     []string                   `json:"objects"`

	client  int
	program *program
}

// Credential returns a credential that is a text; "" without one of this name.
func (c Connection) Credential(name string) string {
	var text string
	_ = json.Unmarshal(c.Credentials[name], &text)
	return text
}

// Ask calls a method of an object at lockpact's side, such as the radio "nearby". It reads the answer into result, if that is not nil.
func (c Connection) Ask(object, method string, result any, arguments ...any) error {
	return c.program.ask(c.client, object, method, result, arguments)
}

// Error is an error of the port, by its name. Fields are its further fields, as `lockpact port VENDOR` lists them.
type Error struct {
	Name   string
	Text   string
	Fields map[string]any
	Cause  error
}

func (e Error) Error() string { return e.Text }
func (e Error) Unwrap() error { return e.Cause }

// Bytes are bytes in the port's arguments and results, which JSON has not.
type Bytes []byte

// MarshalJSON writes the bytes as the protocol has them.
func (b Bytes) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{"base64": base64.StdEncoding.EncodeToString(b)})
}

// UnmarshalJSON reads bytes as the protocol has them.
func (b *Bytes) UnmarshalJSON(data []byte) error {
	var wire struct{ Base64 string }
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	decoded, err := base64.StdEncoding.DecodeString(wire.Base64)
	*b = decoded
	return err
}

// Serve lets the adapter be driven until standard input ends. create makes the adapter of one client.
func Serve[A any](create func(Connection) (A, error)) {
	p := &program{out: os.Stdout, clients: map[int]reflect.Value{}, waiting: map[string]chan message{}}
	p.adapter = reflect.TypeOf((*A)(nil)).Elem()
	p.create = func(c Connection) (any, error) { return create(c) }
	log.SetFlags(0)
	log.SetOutput(lines{p, "log"})
	os.Stdout = os.Stderr // standard output is for messages alone
	p.run(os.Stdin)
}

type message struct {
	ID     any             `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Message string `json:"message"`
		Data    struct {
			Error string `json:"error"`
		} `json:"data"`
	} `json:"error"`
}

type program struct {
	adapter reflect.Type
	create  func(Connection) (any, error)

	writing sync.Mutex
	out     io.Writer

	mutex   sync.Mutex
	clients map[int]reflect.Value
	waiting map[string]chan message
	asked   int
}

func (p *program) run(input io.Reader) {
	reader := bufio.NewReaderSize(input, 1<<16)
	for {
		line, err := reader.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			var m message
			if err := json.Unmarshal(line, &m); err != nil {
				panic(err)
			}
			if m.Method == "" {
				p.settle(m)
			} else {
				go p.answer(m)
			}
		}
		if err != nil {
			return
		}
	}
}

func (p *program) send(m map[string]any) {
	m["jsonrpc"] = "2.0"
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(m); err != nil {
		panic(err)
	}
	p.writing.Lock()
	defer p.writing.Unlock()
	_, _ = p.out.Write(text.Bytes())
}

func (p *program) answer(m message) {
	result, err := p.result(m.Method, m.Params)
	if err == nil {
		if _, wrong := json.Marshal(result); wrong != nil {
			err = wrong
		}
	}
	if err != nil {
		p.send(map[string]any{"id": m.ID, "error": describe(err)})
		return
	}
	p.send(map[string]any{"id": m.ID, "result": result})
}

func (p *program) result(method string, params json.RawMessage) (result any, err error) {
	defer func() {
		if failed := recover(); failed != nil {
			err = Error{Name: "panic", Text: fmt.Sprint(failed)}
		}
	}()
	var given struct {
		Client     int             `json:"client"`
		Connection Connection      `json:"connection"`
		Method     string          `json:"method"`
		Arguments  json.RawMessage `json:"arguments"`
	}
	if err := json.Unmarshal(params, &given); err != nil {
		return nil, err
	}
	switch method {
	case "initialize":
		return map[string]any{"protocol": protocol, "methods": p.methods(), "clock": "machine"}, nil
	case "reset":
		p.mutex.Lock()
		defer p.mutex.Unlock()
		p.clients = map[int]reflect.Value{}
		return nil, nil
	case "new":
		given.Connection.client, given.Connection.program = given.Client, p
		made, err := p.create(given.Connection)
		if err == nil {
			p.mutex.Lock()
			defer p.mutex.Unlock()
			p.clients[given.Client] = reflect.ValueOf(made)
		}
		return nil, err
	case "call":
		return call(p.client(given.Client, false).MethodByName(camel(given.Method)), given.Arguments)
	case "close":
		if one := p.client(given.Client, true); one.IsValid() {
			if closer, ok := one.Interface().(io.Closer); ok {
				return nil, closer.Close()
			}
		}
		return nil, nil
	}
	return nil, Error{Name: "method not found", Text: "there is no " + method}
}

func (p *program) client(number int, remove bool) reflect.Value {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	one := p.clients[number]
	if remove {
		delete(p.clients, number)
	}
	return one
}

func (p *program) methods() []string {
	names := []string{}
	for i := 0; i < p.adapter.NumMethod(); i++ {
		if name := p.adapter.Method(i).Name; name != "Close" {
			names = append(names, snake(name))
		}
	}
	return names
}

// call calls a method with arguments that are a JSON object, in the order in which they stand there.
func call(method reflect.Value, arguments json.RawMessage) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(arguments))
	if _, err := decoder.Token(); err != nil {
		return nil, err
	}
	given := make([]reflect.Value, 0, method.Type().NumIn())
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		if len(given) == method.Type().NumIn() {
			return nil, fmt.Errorf("the method takes no %v", name)
		}
		value := reflect.New(method.Type().In(len(given)))
		if err := decoder.Decode(value.Interface()); err != nil {
			return nil, fmt.Errorf("%v: %w", name, err)
		}
		given = append(given, value.Elem())
	}
	var result any
	for _, one := range method.Call(given) {
		if err, ok := one.Interface().(error); ok {
			return nil, err
		}
		if !one.Type().Implements(reflect.TypeOf((*error)(nil)).Elem()) {
			result = one.Interface()
		}
	}
	return result, nil
}

func describe(err error) map[string]any {
	data := map[string]any{}
	var own Error
	if errors.As(err, &own) {
		for name, value := range own.Fields {
			data[name] = value
		}
		data["error"] = own.Name
	} else {
		data["error"] = strings.TrimPrefix(fmt.Sprintf("%T", err), "*")
	}
	if cause := errors.Unwrap(err); cause != nil {
		data["cause"] = cause.Error()
	}
	return map[string]any{"code": 1, "message": err.Error(), "data": data}
}

func (p *program) ask(client int, object, method string, result any, arguments []any) error {
	answer := make(chan message, 1)
	p.mutex.Lock()
	p.asked++
	id := fmt.Sprintf("n%d", p.asked)
	p.waiting[id] = answer
	p.mutex.Unlock()
	if arguments == nil {
		arguments = []any{}
	}
	params := map[string]any{"client": client, "object": object, "method": method, "arguments": arguments}
	p.send(map[string]any{"id": id, "method": "object", "params": params})
	m := <-answer
	if m.Error != nil {
		return Error{Name: m.Error.Data.Error, Text: m.Error.Message}
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(m.Result, result)
}

func (p *program) settle(m message) {
	id, _ := m.ID.(string)
	p.mutex.Lock()
	answer := p.waiting[id]
	delete(p.waiting, id)
	p.mutex.Unlock()
	if answer != nil {
		answer <- m
	}
}

// lines writes what it gets as lines of the client's log.
type lines struct {
	program *program
	logger  string
}

func (l lines) Write(data []byte) (int, error) {
	params := map[string]any{"level": "info", "logger": l.logger, "text": strings.TrimRight(string(data), "\n")}
	l.program.send(map[string]any{"method": "log", "params": params})
	return len(data), nil
}

func camel(name string) string {
	var words strings.Builder
	for _, word := range strings.Split(name, "_") {
		if word != "" {
			words.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return words.String()
}

func snake(name string) string {
	var words strings.Builder
	for i, letter := range name {
		if unicode.IsUpper(letter) && i > 0 {
			words.WriteByte('_')
		}
		words.WriteRune(unicode.ToLower(letter))
	}
	return words.String()
}
