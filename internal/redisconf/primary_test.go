package redisconf

import "testing"

func TestPrimary(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "",
		"port 6379\n":                        "",
		"replicaof 10.0.0.1 6379\n":          "10.0.0.1:6379",
		"slaveof \"db.example 7000\"":        "db.example:7000",
		"replicaof ::1 6379\n":               "[::1]:6379",
		"replicaof db 1\nreplicaof no one\n": "",
	} {
		c, err := Load("redis.conf", func(string) ([]byte, error) { return []byte(text), nil }, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Primary(); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
