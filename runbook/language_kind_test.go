package runbook

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type goodStep struct {
	Good string `arg:"good" doc:"fine"`
}

func (*goodStep) Run(context.Context, Host) (any, error) { return nil, nil }

type twiceStep struct {
	X string `arg:"x" doc:"x"`
	Y string `arg:"x" doc:"x"`
}

func (*twiceStep) Run(context.Context, Host) (any, error) { return nil, nil }

type badDefaultStep struct {
	X time.Duration `arg:"x" default:"5" doc:"x"`
}

func (*badDefaultStep) Run(context.Context, Host) (any, error) { return nil, nil }

type valueStep struct{}

func (valueStep) Run(context.Context, Host) (any, error) { return nil, nil }

func TestNewKindsPanics(t *testing.T) {
	good := func() Step { return &goodStep{} }
	tests := []struct {
		name  string
		kinds []Kind
		want  string
	}{
		{"twice", []Kind{{Name: "a", New: good}, {Name: "a", New: good}}, "there are two"},
		{"name", []Kind{{Name: "a b", New: good}}, "not an identifier"},
		{"no New", []Kind{{Name: "a"}}, "New is missing"},
		{"no pointer", []Kind{{Name: "a", New: func() Step { return valueStep{} }}}, "want a pointer to a struct"},
		{"timeout", []Kind{{Name: "a", New: good, Timeout: -time.Second}}, "negative"},
		{"argument twice", []Kind{{Name: "a", New: func() Step { return &twiceStep{} }}}, "a second argument"},
		{"default", []Kind{{Name: "a", New: func() Step { return &badDefaultStep{} }}}, "not a duration"},
		{"outputs", []Kind{{Name: "a", New: good, Outputs: "text"}}, "want a struct"},
		{"output type", []Kind{{Name: "a", New: good, Outputs: struct {
			X time.Time `out:"x"`
		}{}}}, "not one that an output can have"},
		{"output name", []Kind{{Name: "a", New: good, Outputs: struct {
			X string `out:"x y"`
		}{}}}, "the name an identifier"},
		{"output twice", []Kind{{Name: "a", New: good, Outputs: struct {
			X string `out:"x"`
			Y string `out:"x"`
		}{}}}, "a second output"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			defer func() {
				text, _ := recover().(string)
				if !strings.Contains(text, test.want) {
					t.Errorf("panic %q, want %q", text, test.want)
				}
			}()
			NewKinds(test.kinds...)
		})
	}
}

func TestArgumentTags(t *testing.T) {
	tests := []struct {
		name string
		step reflect.Type // its first field is wrong
		want string
	}{
		{"type", reflect.TypeFor[struct {
			X complex128 `arg:"x" doc:"x"`
		}](), "not one that an argument can have"},
		{"unexported", reflect.TypeFor[struct {
			x string `arg:"x" doc:"x"`
		}](), "not exported"},
		{"no doc", reflect.TypeFor[struct {
			X string `arg:"x"`
		}](), "no doc tag"},
		{"meta argument", reflect.TypeFor[struct {
			X string `arg:"when" doc:"x"`
		}](), "every step has"},
		{"argument name", reflect.TypeFor[struct {
			X string `arg:"a b" doc:"x"`
		}](), "not an identifier"},
		{"default", reflect.TypeFor[struct {
			X int64 `arg:"x" default:"many" doc:"x"`
		}](), "a number is required"},
		{"default of a pointer", reflect.TypeFor[struct {
			X *string `arg:"x" default:"a" doc:"x"`
		}](), "takes no default"},
		{"default not in oneof", reflect.TypeFor[struct {
			X string `arg:"x" default:"c" oneof:"a,b" doc:"x"`
		}](), "not in oneof"},
		{"oneof of numbers", reflect.TypeFor[struct {
			X int64 `arg:"x" oneof:"1,2" doc:"x"`
		}](), "oneof is for strings"},
		{"optional string", reflect.TypeFor[struct {
			X string `arg:"x" optional:"true" doc:"x"`
		}](), "give it a default"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := argumentOf(test.step.Field(0))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestKindDocs(t *testing.T) {
	kinds := fakeKinds()
	copyKind, ok := kinds.Lookup("copy")
	if !ok {
		t.Fatal("no kind copy")
	}
	want := []ArgumentDoc{
		{Name: "from", Type: "string", Required: true, Doc: "what to copy"},
		{Name: "to", Type: "string", Required: true, Doc: "where to"},
		{Name: "if_exists", Type: "string", Default: "refuse", OneOf: []string{"refuse", "rotate"}, Doc: "what to do with what is there"},
		{Name: "owner", Type: "string", Doc: "the new owner"},
		{Name: "expect", Type: "string", Late: true, Doc: "the digest"},
		{Name: "labels", Type: "map of strings", Doc: "labels"},
	}
	if diff := cmp.Diff(want, copyKind.Arguments()); diff != "" {
		t.Errorf("arguments (-want +got):\n%s", diff)
	}
	outputs := []OutputDoc{
		{Name: "sha256", Type: "string", Late: true, Doc: "the digest"},
		{Name: "path", Type: "string", Doc: "the copy"},
	}
	if diff := cmp.Diff(outputs, copyKind.OutputsDoc()); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
	if got := (Kind{}).OutputsDoc(); got != nil {
		t.Errorf("outputs of a kind without: %v", got)
	}
	for _, d := range append(RedisExports(), copyKind.OutputsDoc()...) {
		if d.Doc == "" || d.Type == "" {
			t.Errorf("export %q is not described", d.Name)
		}
	}
	for _, d := range MetaArguments() {
		if !isMetaArgument(d.Name) {
			t.Errorf("%s is described and does not exist", d.Name)
		}
	}
	if got, want := len(MetaArguments()), len(metaArguments)+1; got != want {
		t.Errorf("%d meta arguments are described, want %d", got, want)
	}
	if diff := cmp.Diff([]string{"copy", "login", "nothing", "save", "verify-key"}, kinds.Names()); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}
