// Why a call failed.

package ytx

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"example.org/libytx/go/internal/capi"
)

// An Error is why a call failed, or why a client was not made. It holds neither the auth token nor
// a signature nor a whole URL.
//
// [errors.Is] finds in it its [Kind] and its [Status], and [context.Canceled] or
// [context.DeadlineExceeded] where the call's context ended it.
type Error struct {
	Kind   Kind
	Status Status

	// Message is what happened, in one sentence or the platform's own words.
	Message string

	// Retryable says that trying again may help. It does not say that it is safe: see Sent.
	Retryable bool

	// Sent says whether any byte of a request may have left. If not, trying again is always safe.
	Sent bool

	// Attempts is how many were begun, the resend after a stale connection included, and
	// HTTPStatus that of the last one, once its status line was read. Both are 0 where the
	// platform's answer stands for itself.
	Attempts   int
	HTTPStatus int

	// Answer is the platform's answer byte for byte, nil where it gave none.
	Answer json.RawMessage

	context error // what ended the call's context, if that is why
}

func (e *Error) Error() string {
	if e.Kind == KindRefused {
		return fmt.Sprintf("ytx: refused by the platform: %d %s (%s)", e.Status, e.Message, e.Status.Text())
	}
	return "ytx: " + e.Message
}

// Is tells whether the target is this error's kind or status.
func (e *Error) Is(target error) bool {
	switch target := target.(type) {
	case Kind:
		return e.Kind == target
	case Status:
		return e.Status == target
	}
	return false
}

// Unwrap returns [context.Canceled] or [context.DeadlineExceeded] where the call's context ended
// it, and nil otherwise.
func (e *Error) Unwrap() error { return e.context }

// failed makes an error of a call's status and JSON.
func failed(status Status, answer []byte) *Error {
	e := &Error{Kind: status.kind(), Status: status, Retryable: capi.StatusIsRetryable(int32(status))}
	if e.Kind == KindRefused || e.Kind == KindPlatform {
		e.Answer, e.Sent = answer, true
		e.Message = platformsWords(answer)
		if e.Kind == KindPlatform {
			e.Message = status.Text()
		}
		return e
	}
	var report struct {
		StatusMsg       string
		Retryable, Sent bool
		HTTPStatus      int
		Attempts        int
	}
	if err := json.Unmarshal(answer, &report); err != nil {
		e.Message = status.Text() // there was no memory for the report
		return e
	}
	e.Message, e.Retryable, e.Sent = report.StatusMsg, report.Retryable, report.Sent
	e.Attempts, e.HTTPStatus = report.Attempts, report.HTTPStatus
	return e
}

// platformsWords are a refusal's statusMsg, where it is a text.
func platformsWords(answer []byte) string {
	var refusal map[string]json.RawMessage
	var words string
	if json.Unmarshal(answer, &refusal) == nil {
		_ = json.Unmarshal(refusal["statusMsg"], &words) // it may be missing, or something else
	}
	return words
}

// notBegun is the error of a call that was not made.
func notBegun(kind Kind, message string, cause error) *Error {
	return &Error{
		Kind:      kind,
		Status:    Status(kind),
		Message:   message,
		Retryable: capi.StatusIsRetryable(int32(kind)),
		context:   cause,
	}
}

// notBegunFor is that of a call whose context had ended.
func notBegunFor(ended error) *Error {
	if errors.Is(ended, context.DeadlineExceeded) {
		return notBegun(KindTimeout, "the context's deadline passed before the call", ended)
	}
	return notBegun(KindCancelled, "the context was cancelled before the call", ended)
}

// notAccepted is that of a call which the queue did not take.
func notAccepted(status Status) *Error {
	if status == Status(KindInvalidHandle) {
		return closedError() // by another goroutine, just now
	}
	return failed(status, nil)
}

func closedError() *Error { return notBegun(KindInvalidHandle, "the client is closed", nil) }
