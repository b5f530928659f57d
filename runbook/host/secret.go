package host

import (
	"errors"
	"fmt"
)

// A Secret is a value that must reach nobody but its user: it prints as
// "(sensitive)" under every verb and refuses to be encoded.
type Secret struct{ value string }

// NewSecret wraps a value; the zero Secret is "none given".
func NewSecret(value string) Secret { return Secret{value} }

// Reveal returns the value, for the one place that sends it.
func (s Secret) Reveal() string { return s.value }

// Given tells whether there is one.
func (s Secret) Given() bool { return s.value != "" }

// Format implements fmt.Formatter, so that no verb prints the value.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("(sensitive)")) }

// MarshalJSON always fails: a secret on its way to a file is a defect.
func (s Secret) MarshalJSON() ([]byte, error) {
	return nil, errors.New("encode secret: refused")
}
