// Text on its way to C and back.
using System;
using System.Text;

namespace Ytx
{
    internal static class Utf8
    {
        private static readonly UTF8Encoding Strict = new UTF8Encoding(false, true);
        private static readonly byte[] NotUtf8 = { 0xFF, 0 };

        /// <summary>As C has it, with a NUL at its end. What cannot be said so becomes what the
        /// library refuses, and names: another control character for a NUL, no UTF-8 for half a
        /// surrogate pair.</summary>
        internal static byte[] ToC(string text)
        {
            if (text == null) return null;
            if (text.IndexOf('\0') >= 0) text = text.Replace('\0', '\u0001');
            try
            {
                var bytes = new byte[Strict.GetByteCount(text) + 1];
                Strict.GetBytes(text, 0, text.Length, bytes, 0);
                return bytes;
            }
            catch (EncoderFallbackException)
            {
                return NotUtf8;
            }
        }

        /// <summary>A copy of what C has.</summary>
        internal static unsafe string FromC(IntPtr text)
        {
            byte* begin = (byte*)text;
            byte* end = begin;
            while (*end != 0) end++;
            return Encoding.UTF8.GetString(begin, (int)(end - begin));
        }
    }
}
