// What a call has given: a status and JSON of C's, which is read where it lies and then freed.
using System;

namespace Ytx;

/// <summary>Exactly one of its methods is called, once.</summary>
internal readonly unsafe struct Answer
{
    private readonly byte* json;

    internal Answer(byte* json, int status)
    {
        this.json = json;
        Status = status;
    }

    internal int Status { get; }

    /// <summary>The JSON of a success.</summary>
    internal string Text()
    {
        try
        {
            ThrowIfFailed();
            return Utf8.FromC(json);
        }
        finally
        {
            Free();
        }
    }

    /// <summary>The members in the JSON of a success.</summary>
    internal MeetingState State()
    {
        try
        {
            ThrowIfFailed();
            Member[]? members = Member.Read(json, Member.All);
            return new MeetingState(members ?? throw YtxException.OfNoMembers(Utf8.FromC(json)));
        }
        finally
        {
            Free();
        }
    }

    /// <summary>The news of a watched room.</summary>
    internal RoomEvent News()
    {
        try
        {
            if (json == null) throw new InsufficientMemoryException();
            return new RoomEvent(json, Status);
        }
        finally
        {
            Free();
        }
    }

    /// <summary>Why a call or watch has ended.</summary>
    internal YtxException Failure()
    {
        try
        {
            if (json == null) throw new InsufficientMemoryException();
            return YtxException.Of(Status, new Json(json), Utf8.FromC(json));
        }
        finally
        {
            Free();
        }
    }

    internal void Free() => Native.StringFree(json);

    private void ThrowIfFailed()
    {
        if (json == null) throw new InsufficientMemoryException();
        if (Status == (int)YtxErrorKind.InvalidHandle) throw new ObjectDisposedException(nameof(YtxClient));
        if (Status != 0) throw YtxException.Of(Status, new Json(json), Utf8.FromC(json));
    }
}
