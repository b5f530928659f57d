package local

import (
	"context"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// clusterPause bounds the wait for a node that has just started: for two seconds it takes
// no part in its Cluster (CLUSTER_WRITABLE_DELAY in cluster.c) and answers CLUSTERDOWN.
const clusterPause = 10 * time.Second

// awaitCluster waits until a node answers for its slots. Where its Cluster is down for
// another reason, because of other nodes say, or it does not tell, it is as started as it
// will be.
func (s *server) awaitCluster(ctx context.Context) error {
	pause, cancel := context.WithTimeout(ctx, clusterPause)
	defer cancel()
	_ = poll(pause, func() (bool, error) {
		state := ""
		err := s.session(pause, 0, func(c *redis.Client) (err error) {
			state, err = c.ClusterInfo(pause).Result()
			return err
		})
		return !strings.Contains(state, "cluster_state:fail"), err
	})
	return context.Cause(ctx)
}
