package runbook

import (
	"github.com/hashicorp/hcl/v2"
)

var redisSchema = blockSchema{
	subject:  "a redis block",
	required: []string{"address"},
	optional: []string{"username", "password", "password_file", "password_command", "service", "config"},
	blocks:   []hcl.BlockHeaderSchema{{Type: "tls"}, {Type: "process"}},
}

var tlsSchema = blockSchema{subject: "a tls block", optional: []string{"ca", "cert", "key", "server_name"}}

var processSchema = blockSchema{subject: "a process block", required: []string{"command"}, optional: []string{"dir", "user"}}

func (r *Runbook) addRedis(b *hcl.Block) hcl.Diagnostics {
	content, diags := redisSchema.read(b.Body, b.DefRange)
	redis := &RedisBlock{Name: b.Labels[0], Range: b.DefRange, args: content.Attributes}
	for _, inner := range content.Blocks {
		schema, to := tlsSchema, &redis.tls
		if inner.Type == "process" {
			schema, to = processSchema, &redis.process
		}
		body, more := schema.read(inner.Body, inner.DefRange)
		diags = append(diags, more...)
		*to = body
	}
	r.Redis = append(r.Redis, redis)
	return append(diags, checkLabel(b, 0)...)
}

// expressions returns all expressions of the block.
func (b *RedisBlock) expressions() []hcl.Expression {
	var list []hcl.Expression
	for _, content := range []*hcl.BodyContent{{Attributes: b.args}, b.tls, b.process} {
		if content == nil {
			continue
		}
		for _, a := range attributesInOrder(content.Attributes) {
			list = append(list, a.Expr)
		}
	}
	return list
}
