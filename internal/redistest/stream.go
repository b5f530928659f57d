package redistest

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"
)

// describeStream returns the entries of a stream, its groups and their pending entries. DUMP would
// also have the time each consumer was last seen, which a replay of the AOF sets anew.
func describeStream(ctx context.Context, conn *redis.Conn, key string) ([]string, error) {
	entries, err := conn.Do(ctx, "XRANGE", key, "-", "+").Result()
	if err != nil {
		return nil, err
	}
	groups, err := conn.XInfoGroups(ctx, key).Result()
	if err != nil {
		return nil, err
	}
	lines := []string{fmt.Sprintf("%q", entries)}
	for _, g := range groups {
		lines = append(lines, fmt.Sprintf("group %q last %s consumers %d", g.Name, g.LastDeliveredID, g.Consumers))
		pending, err := conn.XPendingExt(ctx, &redis.XPendingExtArgs{
			Stream: key, Group: g.Name, Start: "-", End: "+", Count: max(g.Pending, 1),
		}).Result()
		if err != nil {
			return nil, err
		}
		for _, p := range pending {
			lines = append(lines, fmt.Sprintf("pending %s %q delivered %d", p.ID, p.Consumer, p.RetryCount))
		}
	}
	return lines, nil
}
