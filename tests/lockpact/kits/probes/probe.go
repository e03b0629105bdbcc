package main

import (
	"errors"
	"fmt"
	"log"
	"os"

	"example/lockpact"
)

type Probe struct{ connection lockpact.Connection }

func (p *Probe) Echoed(value any, text string) (any, error) {
	return map[string]any{"value": value, "text": text}, nil
}

func (p *Probe) Doubled(data lockpact.Bytes) lockpact.Bytes { return append(data, data...) }

func (p *Probe) Rejected() error {
	fields := map[string]any{"reasons": []string{"a", "b"}}
	return lockpact.Error{Name: "Rejected", Text: "why", Fields: fields, Cause: errors.New("the cause")}
}

func (p *Probe) Failed() error { panic("too long") }

func (p *Probe) Spoken() {
	fmt.Fprintln(os.Stdout, "printed")
	log.Print("logged")
}

func (p *Probe) Woken(lock string) (string, error) {
	var session string
	err := p.connection.Ask("nearby", "wake", &session, lock)
	return session + "!", err
}

func (p *Probe) Credential() string { return p.connection.Credential("token") }

func (p *Probe) Close() error {
	log.Print("closed")
	return nil
}

func main() {
	lockpact.Serve(func(c lockpact.Connection) (*Probe, error) {
		if c.URL == "http://refused" {
			return nil, lockpact.Error{Name: "CredentialError", Text: "no"}
		}
		return &Probe{c}, nil
	})
}
