// The numbers that calls end with, and the kinds of failure that they stand for.

package ytx

import "example.org/libytx/go/internal/capi"

// A Status is the number that a call ended with: the platform's own code below zero, or the
// library's above. errors.Is(err, ytx.StatusBadSign) tells whether an error has it.
type Status int32

// The platform's own codes. The library's have a [Kind] each.
const (
	StatusInvalidNumber    Status = -1   // A phone number is not valid.
	StatusMissingParameter Status = -2   // A required parameter is missing.
	StatusUnknownAction    Status = -3   // No such action.
	StatusBadJSON          Status = -4   // The request's body is not JSON.
	StatusPlatformFault    Status = -100 // The platform failed.
	StatusBadParameter     Status = -101 // A parameter's value is not allowed.
	StatusNumberNotAllowed Status = -102 // This phone number is not allowed.
	StatusTooManyRequests  Status = -104 // Too many requests; try again later.
	StatusNoSuchAccount    Status = -200 // No such account.
	StatusAccountDisabled  Status = -201 // The account is disabled.
	StatusBadAuthorization Status = -202 // The Authorization is wrong or has expired: set the clock.
	StatusBadSign          Status = -203 // The signature does not match: check the auth token.
	StatusBalanceTooLow    Status = -204 // The account's balance is too low.
	StatusAppCheckFailed   Status = -205 // The application may not do this, from here.
)

// Name returns its name in C, such as "YTX_E_TIMEOUT"; "YTX_UNKNOWN" when it has none.
func (s Status) Name() string { return capi.StatusName(int32(s)) }

// Text returns one English sentence: what happened, and the remedy where one is known.
func (s Status) Text() string { return capi.StatusText(int32(s)) }

// Error returns the name. It makes a Status something that [errors.Is] can look for.
func (s Status) Error() string { return s.Name() }

// A Kind is what kind of failure a call ended with. errors.Is(err, ytx.KindTimeout) tells whether
// an error is of it.
type Kind int32

const (
	// The platform refused; [Error.Status] is its own code.
	KindRefused Kind = -1
	// An argument is missing or not allowed. Nothing was sent.
	KindInvalidArgument Kind = 1001
	// The client is closed. Nothing was sent.
	KindInvalidHandle Kind = 1002
	// No connection could be made.
	KindConnect Kind = 1003
	// The connect timeout, the whole call's or the context's deadline ran out.
	KindTimeout Kind = 1004
	// The TLS handshake or the certificate failed.
	KindTLS Kind = 1005
	// The connection broke after it was made.
	KindIO Kind = 1006
	// An HTTP status other than 200 without a refusal in its body.
	KindHTTP Kind = 1007
	// The answer is not one of the platform.
	KindResponse Kind = 1008
	// The platform's statusCode is neither zero nor one of its codes.
	KindPlatform Kind = 1009
	// The context was cancelled, or the client was drained.
	KindCancelled Kind = 1010
	// A queue is full. That of this package has no limit, so none of its calls ends so.
	KindBusy Kind = 1011
	// A fault of the library.
	KindInternal Kind = 1099
)

// Error returns its name in C, such as "YTX_E_TIMEOUT"; that of [KindRefused] is "refused". It makes
// a Kind something that [errors.Is] can look for.
func (k Kind) Error() string {
	if k == KindRefused {
		return "refused"
	}
	return Status(k).Name()
}

func (s Status) kind() Kind {
	if s < 0 {
		return KindRefused
	}
	return Kind(s)
}
