// Package runbook is the language and the engine of redbook. The language
// reads runbooks written in HCL into blocks and evaluates them in file order;
// the engine plans a runbook on a picture of the machine, runs it with every
// change journalled first, goes on after a crash and takes runs back. It does
// not print, and it knows the step kinds only through Kind.
package runbook
