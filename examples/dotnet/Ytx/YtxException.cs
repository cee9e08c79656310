// Why a call failed: what kind of failure, what is known of it, and whether to try again.
using System;

namespace Ytx;

/// <summary>What kind of failure a call ended with. All but <see cref="Refused"/> have the
/// number of their status in C.</summary>
public enum YtxErrorKind
{
    /// <summary>The platform refused: <see cref="YtxException.Status"/> is its own code, below
    /// zero.</summary>
    Refused = -1,

    /// <summary>An argument is not allowed. Nothing was sent.</summary>
    InvalidArgument = 1001,

    /// <summary>The handle is not a living client. From .NET calls do not end so: a client that
    /// was disposed of throws <see cref="ObjectDisposedException"/>.</summary>
    InvalidHandle = 1002,

    /// <summary>No connection could be made.</summary>
    Connect = 1003,

    /// <summary>The time allowed ran out.</summary>
    Timeout = 1004,

    /// <summary>The TLS handshake or the certificate failed.</summary>
    Tls = 1005,

    /// <summary>The connection broke after it was made.</summary>
    Io = 1006,

    /// <summary>An HTTP status other than 200 without a refusal in its body.</summary>
    Http = 1007,

    /// <summary>The answer is not one of the platform.</summary>
    Response = 1008,

    /// <summary>The platform's statusCode is neither zero nor one of its codes.</summary>
    Platform = 1009,

    /// <summary><see cref="YtxClient.Cancel"/> ended the call, or the client is draining.</summary>
    Cancelled = 1010,

    /// <summary>More calls at a time than are allowed. From .NET calls do not end so.</summary>
    Busy = 1011,

    /// <summary>A fault of the library.</summary>
    Internal = 1099,
}

/// <summary>A call that failed, or a client that could not be made. It holds neither the auth
/// token nor a signature nor a whole URL.</summary>
public sealed class YtxException : Exception
{
    private unsafe YtxException(int status, string message) : base(message)
    {
        Status = status;
        Kind = status < 0 ? YtxErrorKind.Refused : (YtxErrorKind)status;
        Name = Utf8.FromC(Native.StatusName(status));
    }

    /// <summary>The number that C reports: the platform's code or one of YTX_E_*.</summary>
    public int Status { get; }

    /// <summary>The status's name in C, such as "YTX_E_TIMEOUT".</summary>
    public string Name { get; }

    /// <summary>What kind of failure it is.</summary>
    public YtxErrorKind Kind { get; }

    /// <summary>Whether trying again may help. Whether it is safe, <see cref="Sent"/>
    /// tells.</summary>
    public bool Retryable { get; private set; }

    /// <summary>Whether any byte of a request may have left. If not, trying again is always
    /// safe.</summary>
    public bool Sent { get; private set; }

    /// <summary>How many attempts were begun. Null where <see cref="Answer"/> stands in for the
    /// library's report.</summary>
    public int? Attempts { get; private set; }

    /// <summary>The HTTP status of the last attempt, once its status line was read. Null also
    /// where the platform refused: there <see cref="Answer"/> stands in for the library's
    /// report.</summary>
    public int? HttpStatus { get; private set; }

    /// <summary>The platform's answer, a JSON object, as it came, where it answered; else
    /// null.</summary>
    public string? Answer { get; private set; }

    /// <summary>Of a call that ended with this status and JSON, of which <paramref name="answer"/>
    /// is a copy.</summary>
    internal static unsafe YtxException Of(int status, Json report, string answer)
    {
        string text = Utf8.FromC(Native.StatusText(status));
        if (status == (int)YtxErrorKind.Platform)
            return new YtxException(status, text) { Sent = true, Answer = answer };
        Json said = report["statusMsg"];
        string message = said.IsText ? said.Text() : "";
        if (status < 0)
        {
            message = $"refused by the platform: {status} {message} ({text})";
            return new YtxException(status, message)
            {
                Retryable = Native.StatusIsRetryable(status) != 0,
                Sent = true,
                Answer = answer,
            };
        }
        return new YtxException(status, message)
        {
            Retryable = report["retryable"].True(), // for HTTP's only the report knows
            Sent = report["sent"].True(),
            Attempts = (int?)report["attempts"].Number(),
            HttpStatus = (int?)report["httpStatus"].Number(),
        };
    }

    /// <summary>Of a client that could not be made.</summary>
    internal static YtxException OfNoClient(int status, string message) =>
        new(status, message) { Attempts = 0 };

    /// <summary>Of a call that was not even begun.</summary>
    internal static unsafe Exception NotAccepted(int status)
    {
        if (status == (int)YtxErrorKind.InvalidHandle) return new ObjectDisposedException(nameof(YtxClient));
        return OfNoClient(status, Utf8.FromC(Native.StatusText(status)));
    }

    /// <summary>Of a call of a client that is draining.</summary>
    internal static YtxException Draining() =>
        OfNoClient((int)YtxErrorKind.Cancelled, "the client is draining: it makes no new calls");

    /// <summary>Of an accepted state that no members can be read from.</summary>
    internal static YtxException OfNoMembers(string answer)
    {
        const string message = "the answer's statusMsg is not a list of members";
        return new YtxException((int)YtxErrorKind.Response, message)
        {
            Sent = true,
            HttpStatus = 200,
            Answer = answer,
        };
    }
}
