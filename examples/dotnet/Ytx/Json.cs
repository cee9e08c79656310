// Single values of JSON that the library has written, or checked: a scanner over its bytes, which
// copies only what is asked for.
using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Ytx;

/// <summary>A value, where it begins. Its text is well formed and ends with a NUL.</summary>
internal readonly unsafe struct Json
{
    private readonly byte* at;

    internal Json(byte* text)
    {
        at = Blank(text);
    }

    internal bool IsThere => at != null;

    internal bool IsText => at != null && *at == '"';

    /// <summary>The first value of this key in an object; none in anything else.</summary>
    internal Json this[string key]
    {
        get
        {
            foreach ((string name, Json value) in Fields())
                if (name == key)
                    return value;
            return default;
        }
    }

    /// <summary>A text, decoded; of another value what stands there.</summary>
    internal string Text()
    {
        if (at == null) return "";
        byte* end = After(at);
        return IsText ? Decoded(at + 1, end - 1) : Encoding.UTF8.GetString(at, (int)(end - at));
    }

    internal bool True() => at != null && *at == 't';

    internal double? Number() =>
        double.TryParse(Text(), NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            ? number
            : null;

    /// <summary>The fields of an object; none of anything else.</summary>
    internal List<(string Name, Json Value)> Fields()
    {
        var fields = new List<(string, Json)>();
        if (at == null || *at != '{') return fields;
        for (byte* next = Blank(at + 1); *next == '"';)
        {
            byte* end = After(next);
            string name = Decoded(next + 1, end - 1);
            var value = new Json(Blank(end) + 1); // behind the colon
            fields.Add((name, value));
            next = Blank(After(value.at));
            if (*next == ',') next = Blank(next + 1);
        }
        return fields;
    }

    /// <summary>The values of an array; none of anything else.</summary>
    internal List<Json> Items()
    {
        var items = new List<Json>();
        if (at == null || *at != '[') return items;
        for (byte* next = Blank(at + 1); *next != ']' && *next != 0;)
        {
            items.Add(new Json(next));
            next = Blank(After(next));
            if (*next == ',') next = Blank(next + 1);
        }
        return items;
    }

    /// <summary>The JSON of this value, as it stands there.</summary>
    internal string Raw() => at == null ? "" : Encoding.UTF8.GetString(at, (int)(After(at) - at));

    private static byte* Blank(byte* at)
    {
        while (*at is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n') at++;
        return at;
    }

    /// <summary>The end of the value that begins here.</summary>
    private static byte* After(byte* at)
    {
        int depth = 0;
        do
        {
            switch (*at)
            {
                case 0:
                    return at;
                case (byte)'"':
                    for (at++; *at != '"' && *at != 0; at++)
                        if (*at == '\\' && at[1] != 0)
                            at++;
                    if (*at != 0) at++;
                    break;
                case (byte)'{' or (byte)'[':
                    depth++;
                    at++;
                    break;
                case (byte)'}' or (byte)']':
                    depth--;
                    at++;
                    break;
                case (byte)',' or (byte)':' or (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n':
                    at++;
                    break;
                default:
                    do at++;
                    while (*at is (byte)'-' or (byte)'+' or (byte)'.' || char.IsLetterOrDigit((char)*at));
                    break;
            }
        }
        while (depth > 0);
        return at;
    }

    private static string Decoded(byte* begin, byte* end)
    {
        string text = Encoding.UTF8.GetString(begin, (int)Math.Max(0, end - begin));
        if (text.IndexOf('\\') < 0) return text;
        var decoded = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || i + 1 == text.Length)
            {
                decoded.Append(text[i]);
                continue;
            }
            i++;
            switch (text[i])
            {
                case 'b':
                    decoded.Append('\b');
                    break;
                case 'f':
                    decoded.Append('\f');
                    break;
                case 'n':
                    decoded.Append('\n');
                    break;
                case 'r':
                    decoded.Append('\r');
                    break;
                case 't':
                    decoded.Append('\t');
                    break;
                case 'u' when i + 4 < text.Length:
                    int unit = 0;
                    for (int digit = 0; digit < 4; digit++) unit = unit * 16 + Hexadecimal(text[++i]);
                    decoded.Append((char)unit);
                    break;
                default:
                    decoded.Append(text[i]);
                    break;
            }
        }
        return decoded.ToString();
    }

    private static int Hexadecimal(char digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
