// Text on its way to C and back.
using System;
using System.Runtime.InteropServices;
using System.Text;

namespace Ytx;

internal static unsafe class Utf8
{
    /// <summary>A copy of what C has.</summary>
    internal static string FromC(byte* text)
    {
        int length = Length(text);
        return length == 0 ? "" : Encoding.UTF8.GetString(text, length);
    }

    /// <summary>Whether C has this text, all of it ASCII.</summary>
    internal static bool IsAscii(byte* text, string same)
    {
        foreach (char one in same)
            if (one == 0 || one > 127 || *text++ != one)
                return false;
        return *text == 0;
    }

    private static int Length(byte* text)
    {
        byte* end = text;
        while (*end != 0) end++;
        return checked((int)(end - text));
    }
}

/// <summary>A text as C has it, with a NUL at its end: on the caller's stack if it is short. What
/// cannot be said so becomes what the library refuses, and names: another control character for a
/// NUL, no UTF-8 for half a surrogate pair.</summary>
internal unsafe ref struct Utf8Text
{
    /// <summary>How much the caller puts on its stack.</summary>
    internal const int OnStack = 192;

    private static readonly UTF8Encoding Strict = new(false, true);

    private IntPtr copy;

    /// <param name="text">The text; null is NULL.</param>
    /// <param name="stack">Of <see cref="OnStack"/> bytes.</param>
    internal Utf8Text(string? text, byte* stack)
    {
        copy = IntPtr.Zero;
        Pointer = null;
        if (text == null) return;
        int most = Strict.GetMaxByteCount(text.Length) + 1;
        if (most > OnStack)
        {
            copy = Marshal.AllocHGlobal(most);
            stack = (byte*)copy;
        }
        Pointer = stack;
        Fill(text, stack, most);
    }

    internal byte* Pointer { get; }

    public readonly void Dispose()
    {
        if (copy != IntPtr.Zero) Marshal.FreeHGlobal(copy);
    }

    private static void Fill(string text, byte* bytes, int most)
    {
        int length;
        try
        {
            fixed (char* characters = text) length = Strict.GetBytes(characters, text.Length, bytes, most - 1);
        }
        catch (EncoderFallbackException)
        {
            bytes[0] = 0xFF;
            length = 1;
        }
        for (int i = 0; i < length; i++)
            if (bytes[i] == 0)
                bytes[i] = 1;
        bytes[length] = 0;
    }
}
