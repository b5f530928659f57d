package runbook

// late tells the decoder that a type is a Late of something.
func (Late[T]) late() {}

type lateValue interface{ late() }
