package local

import (
	"context"
	"strings"
	"testing"
	"time"

	"redbook/internal/redistest"
)

// A node of a Cluster answers for its keys once its start is done.
func TestStartOfClusterNode(t *testing.T) {
	s := redistest.New(t, redistest.WithConf("cluster-enabled yes"))
	s.Start(t)
	s.Do(t, "CLUSTER", "ADDSLOTSRANGE", 0, 16383)
	for !strings.Contains(s.Do(t, "CLUSTER", "INFO").(string), "cluster_state:ok") {
		time.Sleep(10 * time.Millisecond)
	}
	s.Do(t, "SET", "shapes:triangles", "3 sides")
	s.Stop(t)
	if err := instance(t, blockOf(s)).Start(background(t)); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Client(t).Get(context.Background(), "shapes:triangles").Result(); got != "3 sides" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

// One whose Cluster is down all the same is started too.
func TestStartOfNodeWithoutSlots(t *testing.T) {
	s := redistest.New(t, redistest.WithConf("cluster-enabled yes"))
	if err := instance(t, blockOf(s)).Start(background(t)); err != nil {
		t.Fatal(err)
	}
}
